"""Where the sentences of a class corpus come from."""

import os.path as osp
from collections import Counter
from collections.abc import Sequence

from mmpretrain.registry import TASK_UTILS

from ...utils.files import read_json
from ...utils.read_once import file_stamp
from .base import CorpusSource, SourceText
from .clip_tokens import imagenet_templates
from .sentence_splitting import article_text, split_sentences


@TASK_UTILS.register_module()
class PromptTemplates(CorpusSource):
    """Prompts filled with the class name.

    Args:
        templates (Sequence[str], optional): texts in which every '{}' becomes
            the class name. Defaults to None, CLIP's 80 ImageNet prompts.

    Raises:
        ValueError: if there is no template or one has no '{}'.
    """

    is_prompts = True

    def __init__(self, templates: Sequence[str] | None = None):
        self.templates = imagenet_templates() if templates is None else tuple(templates)
        bad = [t for t in self.templates if '{}' not in t]
        if bad or not self.templates:
            raise ValueError(
                f'templates has {bad[:1] or "no entry"}; give texts with '
                "'{}' for the class name, such as 'a photo of a {}.'."
            )

    def identity(self, classes: Sequence[str]) -> dict:
        """Return all that shapes the sentences, for the key of the cache."""
        return dict(type='PromptTemplates', templates=self.templates)

    def read(self, classes: Sequence[str]) -> SourceText:
        """Fill every template with every class name."""
        return SourceText([[t.replace('{}', name) for t in self.templates] for name in classes])


@TASK_UTILS.register_module()
class WikiTexts(CorpusSource):
    """One encyclopaedia article per class, a file each, split to sentences.

    Args:
        root (str): the folder of the files.
        pattern (str): file name, '{}' being the class index from 0. Defaults
            to 'desc_{}.txt'.

    Raises:
        ValueError: if the pattern has no '{}'.
    """

    def __init__(self, root: str, pattern: str = 'desc_{}.txt'):
        if '{}' not in pattern:
            raise ValueError(
                f"pattern is '{pattern}'; it needs '{{}}' for "
                "the class index, such as 'desc_{}.txt'."
            )
        self.root = osp.expanduser(root)
        self.pattern = pattern

    def _path(self, index: int) -> str:
        return osp.join(self.root, self.pattern.replace('{}', str(index)))

    def identity(self, classes: Sequence[str]) -> dict:
        """Return all that shapes the sentences, for the key of the cache."""
        return dict(
            type='WikiTexts', files=[file_stamp(self._path(i)) for i in range(len(classes))]
        )

    def read(self, classes: Sequence[str]) -> SourceText:
        """Read and split the article of every class.

        Raises:
            FileNotFoundError: if the folder has the file of no class.
            ValueError: if a file is not UTF-8.
        """
        text = SourceText([])
        for index, name in enumerate(classes):
            path, sentences = self._path(index), []
            try:
                with open(path, encoding='utf-8-sig') as file:
                    sentences = split_sentences(article_text(file))
            except FileNotFoundError:
                text.missing[index] = f'{path} does not exist'
            except UnicodeDecodeError as error:
                raise ValueError(
                    f"{path}, the text of class {index} '{name}', is not "
                    f'UTF-8 (byte {error.start}: {error.reason}); save it as UTF-8.'
                ) from error
            else:
                if not sentences:
                    text.missing[index] = f'{path} has no sentence'
            text.sentences.append(sentences)
        if not any(map(osp.isfile, map(self._path, range(len(classes))))):
            raise FileNotFoundError(
                f"WikiTexts: root '{self.root}' has no file of any class, such as "
                f"'{self._path(0)}' of '{classes[0]}'; correct root or pattern='{self.pattern}'."
            )
        return text


@TASK_UTILS.register_module()
class JsonDescriptions(CorpusSource):
    """Sentences of each class from one JSON file, taken as they are.

    The file holds an object of class name → list of sentences, as language
    models were asked for in CuPL and DCLIP. '_', '-' and '/' in names count as
    spaces, and case only where it tells two classes apart. A name is no key
    where two classes share it, as "crane" and "maillot" do in ImageNet: both
    get the sentences of that name, and the warning says so; ``by='index'``
    tells them apart.

    Args:
        path (str): the ``.json`` or ``.json.gz`` file.
        by (str): 'name'; or 'index': entry i of the file, a list of lists or
            an object, belongs to class i, whatever the name is. An object
            whose keys are all integers goes by these. Defaults to 'name'.

    Raises:
        ValueError: if ``by`` is none of the two.
    """

    def __init__(self, path: str, by: str = 'name'):
        if by not in ('name', 'index'):
            raise ValueError(f"by is '{by}'; allowed are 'name' and 'index'.")
        self.path = osp.expanduser(path)
        self.by = by

    def identity(self, classes: Sequence[str]) -> dict:
        """Return all that shapes the sentences, for the key of the cache."""
        return dict(type='JsonDescriptions', by=self.by, files=[file_stamp(self.path)])

    def read(self, classes: Sequence[str]) -> SourceText:
        """Read the file and match its entries with the classes.

        Raises:
            FileNotFoundError: if the file is missing.
            ValueError: if it is not of the form above, or has an entry whose
                index is that of no class.
        """
        entries = read_json(self.path, 'class name → list of sentences')
        text = SourceText([])
        if self.by == 'index':
            found = self._by_index(entries, classes)
        else:
            found = self._by_name(entries, classes, text)
        for index, name in enumerate(classes):
            sentences = self._clean(index, name, found.get(index, []))
            if not sentences:
                text.missing[index] = f"{self.path} has no sentence for '{name}'"
            text.sentences.append(sentences)
        return text

    def _by_index(self, entries, classes: Sequence[str]) -> dict:
        if isinstance(entries, list):
            entries = dict(enumerate(entries))
        elif all(key.isdecimal() for key in entries):
            entries = {int(key): value for key, value in entries.items()}
        else:
            entries = dict(enumerate(entries.values()))
            if len(entries) != len(classes):
                raise ValueError(
                    f'{self.path} has {len(entries)} named entries for '
                    f"{len(classes)} classes; with by='index' give one per "
                    'class in class order, or class indices as keys.'
                )
        outside = [i for i in entries if i >= len(classes)]
        if outside:
            raise ValueError(
                f'{self.path} has an entry for class {outside[0]}, but there are {len(classes)} '
                f'classes, 0 .. {len(classes) - 1}; remove it.'
            )
        return entries

    def _by_name(self, entries, classes: Sequence[str], text: SourceText) -> dict:
        if isinstance(entries, list):
            raise ValueError(
                f"{self.path} holds a list; with by='name' it must hold an "
                "object of class name → sentences. Give by='index' if the "
                'list is in class order.'
            )
        keys = self._match(entries, classes)
        times = Counter(keys.values())
        unknown = [key for key in entries if key not in times]
        shared = [key for key in times if times[key] > 1]
        if unknown:
            text.faults.append(
                f'{self.path} has {len(unknown)} entries of unknown classes, '
                f'such as {unknown[:3]}; rename or remove them'
            )
        if shared:
            text.notes.append(
                f'{self.path} gives the same sentences to classes that share '
                f"a name, {shared[:3]}; by='index' tells them apart"
            )
        return {index: entries[key] for index, key in keys.items()}

    def _match(self, entries: dict, classes: Sequence[str]) -> dict[int, str]:
        """Return the key of its entry for each class that has one."""
        exact = {}
        for key in entries:
            other = exact.setdefault(_spaced(key), key)
            if other != key:
                raise ValueError(
                    f"{self.path}: '{other}' and '{key}' name the same class; make them one entry."
                )
        names = [_spaced(name) for name in classes]
        # "Cardigan" is a dog, "cardigan" a jacket: case counts where it can.
        left = set(exact) - set(names)
        loose = {name.casefold(): exact[name] for name in sorted(left)}
        keys = {}
        for index, name in enumerate(names):
            key = exact.get(name) or loose.get(name.casefold())
            if key is not None:
                keys[index] = key
        return keys

    def _clean(self, index: int, name: str, sentences) -> list[str]:
        """Strip the sentences of a class and drop empty ones."""
        where = f"{self.path}, class {index} '{name}'"
        if not isinstance(sentences, list) or not all(isinstance(s, str) for s in sentences):
            raise ValueError(
                f'{where}: {str(sentences)[:60]!r} is no list of sentences; give a list of strings.'
            )
        try:
            '\n'.join(sentences).encode('utf-8')
        except UnicodeEncodeError as error:
            raise ValueError(
                f'{where}: a sentence is not valid Unicode ({error.reason}); correct it.'
            ) from error
        return [s.strip() for s in sentences if s.strip()]


def _spaced(name: str) -> str:
    """Replace separators by single spaces: 'desert_road' → 'desert road'."""
    for separator in '_-/':
        name = name.replace(separator, ' ')
    return ' '.join(name.split())
