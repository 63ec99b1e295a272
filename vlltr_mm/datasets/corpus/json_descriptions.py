"""Sentences of each class from one JSON file."""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence

from mmpretrain.registry import TASK_UTILS

from ...utils.files import read_json
from ...utils.read_once import file_stamp
from ...utils.validation import shown
from .base import CorpusSource, SourceText, file_path
from .class_names import comparable_name
from .stated_source import stated_name, stated_stamp


@TASK_UTILS.register_module()
class JsonDescriptions(CorpusSource):
    """Sentences of each class from one JSON file, taken as they are.

    The file holds an object of class name → list of sentences, as language
    models were asked for in CuPL and DCLIP. Names are compared in Unicode's
    normal form C; '_', '-' and '/' in them count as spaces, and case only
    where it tells two classes apart. A name is no key where two classes share
    it, as "crane" and "maillot" do in ImageNet: both get the sentences of that
    name, and the warning says so; ``by='index'`` tells them apart.

    Args:
        path (str): the ``.json`` or ``.json.gz`` file.
        by (str): 'name'; or 'index': entry i of the file, a list of C lists
            or an object of C entries, belongs to class i, whatever the name
            is, unless it is that of another class. An object whose keys are
            all integers goes by these. Defaults to 'name'.

    Raises:
        ValueError: if ``by`` is none of the two.
    """

    def __init__(self, path: str, by: str = 'name'):
        if by not in ('name', 'index'):
            raise ValueError(f"by is '{by}'; allowed are 'name' and 'index'.")
        self.path = file_path(path, 'path')
        self.by = by

    def identity(self, classes: Sequence[str]) -> dict:
        """Return all that shapes the sentences, for the key of the cache."""
        files = [file_stamp(self.path)]
        return dict(type='JsonDescriptions', by=self.by, files=files, **stated_stamp(self.path))

    def read(self, classes: Sequence[str]) -> SourceText:
        """Read the file and match its entries with the classes.

        Raises:
            FileNotFoundError: if the file is missing.
            ValueError: if it is not of the form above, or has an entry whose
                index is that of no class or whose name that of another one.
        """
        entries = read_json(self.path, 'class name → list of sentences')
        text = SourceText([], origin=self.path, numbered=self.by == 'index')
        if self.by == 'index':
            found = self._by_index(entries, classes)
        else:
            found = self._by_name(entries, classes, text)
        for index, name in enumerate(classes):
            sentences = self._clean(index, name, found.get(index, []))
            if not sentences:
                text.missing[index] = f"{self.path} has no sentence for '{name}'"
            text.sentences.append(sentences)
        text.origin_names = [f'{stated_name("JsonDescriptions", self.path)}: {self.path}']
        text.origins = [[0] * len(own) for own in text.sentences]
        return text

    def _by_index(self, entries: dict | list, classes: Sequence[str]) -> dict:
        numbered = [key for key in entries if isinstance(entries, dict) and _is_number(key)]
        if numbered:
            return self._by_number(entries, numbered, len(classes))
        if len(entries) != len(classes):
            raise ValueError(
                f'{self.path} has {len(entries)} {"named " * isinstance(entries, dict)}entries '
                f"for {len(classes)} classes; with by='index' give one per class in class order, "
                'or class indices as keys.'
            )
        if isinstance(entries, list):
            return dict(enumerate(entries))
        self._check_order(entries, classes)
        return dict(enumerate(entries.values()))

    def _by_number(self, entries: dict, numbered: list[str], num_classes: int) -> dict:
        names = [key for key in entries if not _is_number(key)]
        found = {int(key): entries[key] for key in numbered}
        if names or len(found) != len(numbered):
            what = f'the key {shown(names[0])}' if names else 'two keys of one number'
            raise ValueError(
                f"{self.path} has {what} beside {numbered[:3]}; with by='index' give each class "
                'index once and no other key.'
            )
        outside = [index for index in found if index >= num_classes]
        if outside:
            shifted = 0 not in found and outside == [num_classes]
            raise ValueError(
                f'{self.path} has an entry for class {outside[0]}, but there are {num_classes} '
                f'classes, 0 .. {num_classes - 1}; '
                + ('count from 0, not from 1.' if shifted else 'remove it, or name another file.')
            )
        return found

    def _check_order(self, entries: dict, classes: Sequence[str]):
        """Refuse entries in class order one of which has the name of another class."""
        places = {}
        for index, name in enumerate(classes):
            places.setdefault(comparable_name(name), []).append(index)
        for index, key in enumerate(entries):
            named = places.get(comparable_name(key), [index])
            if index not in named:
                raise ValueError(
                    f"{self.path}: entry {index} is '{key}', the name of class {named[0]}, and "
                    f"class {index} is '{classes[index]}'; leave out by='index', or bring the "
                    'entries into the order of the classes.'
                )

    def _by_name(self, entries: dict | list, classes: Sequence[str], text: SourceText) -> dict:
        if isinstance(entries, list):
            raise ValueError(
                f"{self.path} holds a list; with by='name' it must hold an "
                "object of class name → sentences. Give by='index' if the "
                'list is in class order.'
            )
        keys = self._match(entries, classes)
        times = Counter(keys.values())
        text.unknown = [key for key in entries if key not in times]
        shared = [key for key in times if times[key] > 1]
        if shared:
            text.notes.append(
                f'{self.path} gives the same sentences to classes that share '
                f"a name, {shared[:3]}; by='index' tells them apart"
            )
        return {index: entries[key] for index, key in keys.items()}

    def _match(self, entries: dict, classes: Sequence[str]) -> dict[int, str]:
        """Return the key of its entry for each class that has one."""
        exact = self._unique(entries, comparable_name)
        names = list(map(comparable_name, classes))
        known = set(names)
        # "Cardigan" is a dog, "cardigan" a jacket: case counts where it can, and
        # both may be entries of other classes.
        sought = {name.casefold() for name in names if name not in exact}
        left = [
            key for name, key in exact.items() if name not in known and name.casefold() in sought
        ]
        loose = self._unique(left, lambda key: comparable_name(key).casefold())
        keys = {}
        for index, name in enumerate(names):
            key = exact.get(name) or loose.get(name.casefold())
            if key is not None:
                keys[index] = key
        return keys

    def _unique(self, keys: Iterable[str], form: Callable[[str], str]) -> dict[str, str]:
        """Return the key of each form."""
        found = {}
        for key in keys:
            other = found.setdefault(form(key), key)
            if other != key:
                raise ValueError(
                    f"{self.path}: '{other}' and '{key}' name the same class; make them one entry."
                )
        return found

    def _clean(self, index: int, name: str, sentences) -> list[str]:
        """Strip the sentences of a class and drop empty ones."""
        where = f"{self.path}, class {index} '{name}'"
        if not isinstance(sentences, list) or not all(isinstance(s, str) for s in sentences):
            raise ValueError(
                f'{where}: {shown(sentences)} is no list of sentences; give a list of strings.'
            )
        nul = [s for s in sentences if '\0' in s]
        if nul:
            raise ValueError(f'{where}: {shown(nul[0])} has a NUL, so it is no text; correct it.')
        return [s.strip() for s in sentences if s.strip()]


def _is_number(key: str) -> bool:
    # Python refuses to read thousands of digits.
    return key.isascii() and key.isdecimal() and len(key) <= 99
