"""Where the sentences of a class corpus come from."""

import os
import os.path as osp
import re
from collections.abc import Sequence
from glob import glob

from mmpretrain.registry import TASK_UTILS

from ...utils.files import read_text
from ...utils.read_once import file_stamp
from ...utils.validation import shown
from .base import CorpusSource, SourceText, file_path
from .class_names import comparable_name
from .prompt_sets import describe_templates, read_template_file, read_templates, template_file
from .sentence_splitting import article_text, split_sentences
from .stated_source import stated_name, stated_order_fault, stated_stamp

# What is saved in place of an article, and how it begins.
_NO_ARTICLE = tuple(
    (re.compile(r'\s*' + start, re.IGNORECASE), kind)
    for start, kind in (
        (r'<(!doctype|html|head|body|\?xml|mediawiki)\b', 'a web page'),
        (r'\{\s*"', 'JSON'),
        (r'\{\\rtf', 'RTF'),
        (r'%PDF-', 'PDF'),
        (r'version https://git-lfs', 'a pointer of Git LFS'),
    )
)


@TASK_UTILS.register_module()
class PromptTemplates(CorpusSource):
    """Prompts filled with the class name.

    Args:
        templates (str | Sequence[str], optional): texts in which every '{}'
            becomes the class name; the name of a set, 'imagenet' (CLIP's 80),
            'imagenet_best' (the best 7), 'photo' ('a photo of a {}.'),
            'satellite' or 'fine_grained' ('a photo of a {}, a type of
            {kind}.'); or a text file of one template a line. Defaults to
            None, 'imagenet'.
        kind (str, optional): what the classes are, such as 'bird', in the
            place of '{kind}'. Defaults to None: no template has it.

    Raises:
        ValueError: if there is no such set, no template, one has no '{}', or
            ``kind`` is missing or not asked for.
    """

    is_prompts = True

    def __init__(self, templates: str | Sequence[str] | None = None, kind: str | None = None):
        self.file = template_file(templates)
        self.kind = kind
        self._templates = None if self.file else read_templates(templates, kind)

    @property
    def templates(self) -> tuple[str, ...]:
        """The templates; those of a file are read at each call."""
        return self._templates or read_template_file(self.file, self.kind)

    def identity(self, classes: Sequence[str]) -> dict:
        """Return all that shapes the sentences, for the key of the cache."""
        if self.file:
            return dict(type='PromptTemplates', files=[file_stamp(self.file)], kind=self.kind)
        return dict(type='PromptTemplates', templates=self.templates)

    def read(self, classes: Sequence[str]) -> SourceText:
        """Fill every template with every class name.

        Raises:
            FileNotFoundError: if the file of the templates is missing.
            ValueError: if it cannot be understood.
        """
        templates = self.templates
        return SourceText(
            [[t.replace('{}', name) for t in templates] for name in classes],
            origin='PromptTemplates',
            origin_names=[f'PromptTemplates: {self.file or describe_templates(templates)}'],
            origins=[[0] * len(templates) for _ in classes],
        )


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
        if not isinstance(pattern, str) or '{}' not in pattern:
            raise ValueError(
                f"pattern is '{pattern}'; it needs '{{}}' for "
                "the class index, such as 'desc_{}.txt'."
            )
        self.root = file_path(root, 'root')
        self.pattern = pattern

    def _path(self, index: int | str) -> str:
        return osp.join(self.root, self.pattern.replace('{}', str(index)))

    def _others(self, num_classes: int) -> list[str]:
        """Return what stands for the index in the names of files of no class."""
        start, *rest = map(re.escape, self.pattern.split('{}'))
        name = re.compile(start + '([^/]+?)' + r'\1'.join(rest))
        own = set(map(str, range(num_classes)))
        paths = glob(self.pattern.replace('[', '[[]').replace('{}', '*'), root_dir=self.root)
        found = (name.fullmatch(path.replace(os.sep, '/')) for path in paths)
        return sorted({match[1] for match in found if match} - own)

    def identity(self, classes: Sequence[str]) -> dict:
        """Return all that shapes the sentences, for the key of the cache."""
        return dict(
            type='WikiTexts',
            files=[file_stamp(self._path(i)) for i in range(len(classes))],
            others=self._others(len(classes)),
            **stated_stamp(self.root),
        )

    def read(self, classes: Sequence[str]) -> SourceText:
        """Read and split the article of every class.

        Raises:
            FileNotFoundError: if the folder has the file of no class.
            ValueError: if a file is no UTF-8 text.
        """
        text = SourceText([], origin=f"'{self.root}'", numbered=True, origins=[])
        named = stated_name('WikiTexts', self.root)
        for index, name in enumerate(classes):
            path, sentences, state = self._path(index), [], 'does not exist'
            if osp.isfile(path):
                lines = _read_lines(path, f"the article of class {index} '{name}'")
                sentences, state = split_sentences(article_text(lines)), 'has no sentence'
                text.origin_names.append(f'{named}: {path}')
            if not sentences:
                text.missing[index] = f'{path} {state}'
            text.sentences.append(sentences)
            text.origins.append([len(text.origin_names) - 1] * len(sentences))
        if not text.origin_names:
            raise FileNotFoundError(
                f"WikiTexts: root '{self.root}' has no file of any class, such as "
                f"'{self._path(0)}' of '{classes[0]}'{_holds(self.root)}; correct root or "
                f"pattern='{self.pattern}'."
            )
        self._judge_others(text, classes)
        other_order = stated_order_fault(self.root, classes)
        text.faults += [other_order] if other_order else []
        return text

    def _judge_others(self, text: SourceText, classes: Sequence[str]):
        """Refuse files of other classes, warn of those with another number."""
        names = set(map(comparable_name, classes))
        others = self._others(len(classes))
        numbers = [n for n in others if n.isascii() and n.isdecimal()]
        if numbers:
            zeros = [n for n in numbers if n != str(int(n))]
            example = self._path((zeros or sorted(numbers, key=int))[0])
            if zeros:
                why = 'is numbered with leading zeros; rename such files, to 0, 1, 2, …'
            elif numbers == [str(len(classes))] and not osp.isfile(self._path(0)):
                why = 'is there, and none of class 0; number the files from 0, not from 1'
            else:
                why = 'is of none; name the folder of these classes, or remove what is not theirs'
            text.faults.append(f'There are classes 0 .. {len(classes) - 1}, but {example} {why}')
        named = [n for n in others if comparable_name(n) in names]
        if named:
            text.faults.append(
                f'{self._path(named[0])} is named by its class; name the files by class index, '
                'from 0'
            )
        unread = [n for n in others if n not in numbers and re.search(r'\d', n)]
        if unread:
            text.notes.append(
                f'{self._path(unread[0])} is not read, its number is no class index; '
                f'{len(unread)} such files'
            )


def _read_lines(path: str, content: str) -> list[str]:
    """Return the lines of an article.

    Raises:
        ValueError: if the file is another kind of text, or none.
    """
    text = read_text(path, content)
    kind = next((kind for start, kind in _NO_ARTICLE if start.match(text)), None)
    if kind:
        raise ValueError(
            f'{path} begins like {kind}, {shown(text[:40])}; it must hold {content} as plain '
            'text. Get the text again, or remove the file.'
        )
    return text.split('\n')


def _holds(folder: str) -> str:
    """Say what a folder holds instead."""
    try:
        names = sorted(os.listdir(folder))
    except OSError as error:
        return f' ({error.strerror})'
    return f' (it holds {", ".join(map(repr, names[:3])) or "nothing"})'
