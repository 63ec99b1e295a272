"""Join several lists of images into one table, with roots, splits and keys."""

import os.path as osp
import posixpath
import re
from collections.abc import Sequence
from dataclasses import dataclass

from ...utils.image_files import ENDINGS
from ...utils.validation import shown
from .image_folders import split_of_word
from .list_rows import ListRows, plain_keys, read_rows

_TRIED = 16  # images of a list that are looked for, to find the folder of its paths


@dataclass
class JoinedLists:
    """N images of several lists: ``rows`` gives file and line of each, for messages."""

    root: str
    paths: list[str]
    keys: list[str]
    splits: list[str]
    names: dict[str, str]
    where: list[str]
    origin: str
    notes: list[str]


def read_lists(lists: Sequence[str], images: str | None) -> JoinedLists:
    """Read lists, such as 'train=a.txt', 'all=b.csv' or 'test.txt'.

    Args:
        lists (Sequence[str]): each a file, perhaps with its split before it.
        images (str, optional): the folder that paths start from. None is the
            folder of each list.

    Raises:
        FileNotFoundError: if a list, or all of the first images of one, is
            missing.
        ValueError: if a list is of no known form, splits are unclear, or an
            image is of two classes or splits.
    """
    parts = [_split_and_file(entry) for entry in lists]
    unclear = [file for split, file in parts if split is None]
    if unclear and len(parts) > 1:
        raise ValueError(
            f"The name of the list '{unclear[0]}' tells no split; write train={unclear[0]}, "
            f'val=…, test=…, or all={unclear[0]} where splits are in the file or still to be made.'
        )
    tables = [read_rows(osp.expanduser(file)) for _, file in parts]
    for table, (split, _) in zip(tables, parts):
        _apply_split(table, split or '')
    folders = [_find_folder(table, images) for table in tables]
    root = folders[0] if len(set(folders)) == 1 else osp.commonpath(folders)
    joined = _Joined(root)
    for table, folder in zip(tables, folders):
        joined.add(table, folder)
    keys = plain_keys(joined.keys)
    names = {}
    for table in tables:
        for key, name in table.names.items():
            if names.setdefault(key, name) != name:
                raise ValueError(
                    f'{table.file} calls the class {key} {shown(name)}, another list '
                    f'{shown(names[key])}; correct one of them.'
                )
    kinds = {table.kind for table in tables}
    kind = f'{kinds.pop()} ' if len(kinds) == 1 else ''
    word = 'the' if len(tables) == 1 else 'the files'
    origin = f'{word} {kind}{", ".join(table.file for table in tables)}'
    notes = [note for table in tables for note in table.notes] + joined.notes()
    return JoinedLists(root, joined.paths, keys, joined.splits, names, joined.where, origin, notes)


def _split_and_file(entry: str) -> tuple[str | None, str]:
    """Return 'train', 'val', 'test', '' for all, or None if nothing tells; and the file."""
    word, equals, file = entry.partition('=')
    if equals and word.strip().lower() == 'all':
        return '', file
    if equals and split_of_word(word):
        return split_of_word(word), file
    if equals and not osp.isfile(osp.expanduser(entry)):
        raise ValueError(
            f"'{entry}' is no list with its split: {shown(word)} is no split. Write train=FILE, "
            'val=FILE, test=FILE or all=FILE.'
        )
    words = re.split('[^a-zA-Z]+', osp.basename(entry))
    found = {split for split in map(split_of_word, words) if split}
    return (found.pop() if len(found) == 1 else None), entry


def _apply_split(table: ListRows, split: str):
    if not split:
        return
    for index, own in enumerate(table.splits):
        if own and own != split:
            raise ValueError(
                f'{table.where(index)} puts the image into {own}, but the list is given as '
                f'{split}; give it as all={table.file}, or correct the line.'
            )
    table.splits = [split] * len(table.paths)


def _find_folder(table: ListRows, images: str | None) -> str:
    """Return the folder that the paths of a list start from; complete names without ending."""
    if all('\\' in path or '/' not in path for path in table.paths):
        table.paths = [path.replace('\\', '/') for path in table.paths]  # of Windows
    tried = [path for path in table.paths if '://' not in path][:_TRIED]
    own = osp.dirname(osp.abspath(table.file))
    if images is None:
        folders = [own]
    else:
        images = osp.abspath(images)
        folders = list(dict.fromkeys((images, osp.dirname(images), own)))
    endings = ('', *ENDINGS, *(ending.upper() for ending in ENDINGS))
    for ending in endings:
        for folder in folders:
            if not tried or any(osp.isfile(osp.join(folder, path + ending)) for path in tried):
                table.paths = [path + ending for path in table.paths]
                return folder
    raise FileNotFoundError(
        f"{table.where(table.paths.index(tried[0]))}: the image '{tried[0]}' is neither in "
        f'{" nor in ".join(folders)}; give the folder that the paths of the list start from.'
    )


class _Joined:
    """Images of lists, each once."""

    def __init__(self, root: str):
        self.root = root
        self.paths: list[str] = []
        self.keys: list[str] = []
        self.splits: list[str] = []
        self.where: list[str] = []
        self._place: dict[str, int] = {}
        self._repeated: list[str] = []

    def add(self, table: ListRows, folder: str):
        """Add the images of a list that are relative to a folder."""
        for index, path in enumerate(table.paths):
            path, key, split = self._below(path, folder), table.keys[index], table.splits[index]
            first = self._place.setdefault(path, len(self.paths))
            if first == len(self.paths):
                self.paths.append(path)
                self.keys.append(key)
                self.splits.append(split)
                self.where.append(table.where(index))
            else:
                self._again(first, key, split, table.where(index))

    def _again(self, first: int, key: str, split: str, where: str):
        """Take an image that a list has again, as all lists and one of a split may."""
        path, before = self.paths[first], self.splits[first]
        for what, one, other in (('class', self.keys[first], key), ('split', before, split)):
            if one != other and one and other:
                raise ValueError(
                    f"{where}: the image '{path}' has the {what} {shown(other)}, but {shown(one)} "
                    f'in {self.where[first]}; an image has one. Correct the lists.'
                )
        self.splits[first] = before or split
        if before == split:
            self._repeated.append(path)

    def _below(self, path: str, folder: str) -> str:
        if '://' in path:
            return path
        whole = posixpath.normpath(osp.join(folder, path))
        inside = whole.startswith(self.root.rstrip('/') + '/')
        return whole[len(self.root.rstrip('/')) + 1 :] if inside else whole

    def notes(self) -> list[str]:
        """Say how many images are listed again."""
        again = self._repeated
        return (
            [f"lines of an image that is listed already: {len(again):,}, such as '{again[0]}'"]
            if again
            else []
        )
