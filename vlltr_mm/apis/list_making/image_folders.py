"""Class folders, with or without folders of splits above them."""

import os
import os.path as osp
import unicodedata
from collections import Counter
from collections.abc import Iterator, Sequence

from ...utils.image_files import ENDINGS

SPLIT_WORDS = {
    **dict.fromkeys(('train', 'training', 'trn', 'tr'), 'train'),
    **dict.fromkeys(('val', 'valid', 'validation', 'dev', 'eval'), 'val'),
    **dict.fromkeys(('test', 'testing', 'tst'), 'test'),
}


def split_of_word(word: str) -> str | None:
    """Return 'train', 'val' or 'test' for a usual word of it, or None.

    Examples:
        >>> split_of_word('Validation'), split_of_word('cat')
        ('val', None)
    """
    return SPLIT_WORDS.get(word.strip().lower())


def read_image_folders(root: str) -> tuple[list[tuple[str, str, str]], str, list[str]]:
    """Find the images of class folders.

    Args:
        root (str): holds ``<class>/**`` or ``<split>/<class>/**``. Hidden
            files and folders are not looked at; links are followed.

    Returns:
        tuple[list[tuple[str, str, str]], str, list[str]]: of each image its
        path below ``root``, class folder in Unicode's normal form C and
        split, '' if there is none, in the order of the paths; what was read;
        and notes on what was left out.

    Raises:
        ValueError: if there is no image in a class folder, two folders are
            of one split, or two class folders differ in their Unicode form
            alone.
    """
    tree = _Tree(root)
    folders = {name: tree.images(name) for name in tree.folders('')}
    splits = _split_folders(root, folders)
    if splits:
        rows = [
            (path, path.split('/')[1], splits[name])
            for name, paths in folders.items()
            if name in splits
            for path in paths
            if path.count('/') > 1
        ]
        _note_flat(tree, {name: folders[name] for name in splits})
        beside = [name for name in folders if name not in splits and folders[name]]
        tree.note(beside, 'folders beside those of the splits')
        found = {f'{name}/{child}' for name in splits for child in tree.folders(name)}
        used = {'/'.join(path.split('/')[:2]) for path, _, _ in rows}
    else:
        rows = [(path, name, '') for name, paths in folders.items() for path in paths]
        found, used = set(folders), {name for _, name, _ in rows}
    tree.note(sorted(found - used), 'folders without an image')
    if not rows:
        raise ValueError(_nothing(root, folders, tree))
    _note_top(tree)
    rows = _same_form(root, rows)
    kind = 'class folders of splits' if splits else 'class folders'
    return sorted(rows), f'{kind} in {root}', tree.notes()


class _Tree:
    """What is below a folder, each part listed once; counts what is no image."""

    def __init__(self, root: str):
        self.root = root
        self.top: list[str] = []  # files of the root itself
        self._others: dict[str, list[str]] = {}
        self._notes: list[str] = []
        self._children: dict[str, list[str]] = {}

    def folders(self, folder: str) -> list[str]:
        """Return the names of the folders in one, sorted."""
        if folder not in self._children:
            list(self._walk(folder, (), deep=False))
        return self._children[folder]

    def images(self, folder: str) -> list[str]:
        """Return the images at any depth, by path."""
        return sorted(self._walk(folder, (osp.realpath(self.root),), deep=True))

    def note(self, names: Sequence[str], kind: str):
        """Note what was left out, with an example."""
        if names:
            self._notes.append(f"{kind}: {len(names):,}, such as '{names[0]}'")

    def notes(self) -> list[str]:
        """Return the notes, those on files first."""
        for kind, names in self._others.items():
            self.note(sorted(names), kind)
        self._others = {}
        return self._notes

    def _walk(self, folder: str, above: tuple[str, ...], deep: bool) -> Iterator[str]:
        """Yield the images of a folder and, if deep, below it."""
        whole = osp.join(self.root, folder)
        real = osp.realpath(whole)
        if deep and real in above:  # a link to a folder that holds it
            self._others.setdefault('links to a folder above them', []).append(folder)
            return
        inner = []
        with os.scandir(whole) as entries:
            for entry in entries:
                path = f'{folder}/{entry.name}' if folder else entry.name
                if entry.name.startswith('.') or entry.name == '__MACOSX':
                    self._others.setdefault('hidden files and folders', []).append(path)
                elif entry.is_dir():
                    inner.append(entry.name)
                elif not folder:
                    self.top.append(entry.name)
                elif entry.name.lower().endswith(ENDINGS):
                    yield path
                else:
                    ending = osp.splitext(entry.name)[1].lower()
                    kind = f"files ending in '{ending}'" if ending else 'files without an ending'
                    self._others.setdefault(f'{kind}, not images', []).append(path)
        self._children[folder] = sorted(inner)
        for name in self._children[folder] if deep else ():
            yield from self._walk(f'{folder}/{name}', (*above, real), deep)


def _split_folders(root: str, folders: dict[str, list[str]]) -> dict[str, str]:
    """Return the split of each folder of a split; none where folders are classes."""
    filled = {name: paths for name, paths in folders.items() if paths}
    splits = {name: split for name in filled if (split := split_of_word(name))}
    nested = {name for name in splits if any(path.count('/') > 1 for path in filled[name])}
    kinds = {splits[name] for name in nested}
    # A class may be called 'train'; a folder of a split holds folders, and is not alone.
    if 'train' not in kinds or (len(kinds) == 1 and len(splits) != len(filled)):
        return {}
    twice = [split for split, times in Counter(splits.values()).items() if times > 1]
    if twice:
        own = [name for name in splits if splits[name] == twice[0]]
        raise ValueError(
            f"'{root}' has the folders '{own[0]}' and '{own[1]}', both of the split {twice[0]}; "
            'move the images into one of them, or rename the other.'
        )
    return splits


def _note_flat(tree: _Tree, folders: dict[str, list[str]]):
    flat = [path for paths in folders.values() for path in paths if path.count('/') == 1]
    tree.note(flat, 'images of a split that are in no class folder')


def _note_top(tree: _Tree):
    images = sorted(name for name in tree.top if name.lower().endswith(ENDINGS))
    tree.note(images, 'images in no class folder')
    others = sorted(set(tree.top) - set(images))
    tree.note(others, 'other files beside the folders')


def _nothing(root: str, folders: dict, tree: _Tree) -> str:
    """Say that there is no image, and what is there instead."""
    tables = sorted(n for n in tree.top if n.lower().endswith(('.csv', '.tsv', '.json', '.txt')))
    hint = f" If '{tables[0]}' lists the images, give it as their list." if tables else ''
    if not folders:
        return f"'{root}' has no folder; make one per class, with its images.{hint}"
    return (
        f"'{root}' has no image in a folder of a class; put files there that end in "
        f'{", ".join(ENDINGS)}.{hint}'
    )


def _same_form(root: str, rows: Sequence[tuple[str, str, str]]) -> list[tuple[str, str, str]]:
    """Put class folders into normal form C; macOS writes other forms."""
    spelled: dict[tuple[str, str], str] = {}
    made = []
    for path, folder, split in rows:
        name = unicodedata.normalize('NFC', folder)
        first = spelled.setdefault((split, name), folder)
        if first != folder:
            raise ValueError(
                f"'{root}' has two folders '{name}' that differ in their Unicode form alone "
                f'({first!a}, {folder!a}); move the images into one of them.'
            )
        made.append((path, name, split))
    return made
