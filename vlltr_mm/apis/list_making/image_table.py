"""The images of a user, with classes and splits, in whatever form they are kept."""

import os.path as osp
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from ...datasets.long_tailed.class_folders import check_numbers
from ...datasets.long_tailed.label_files import check_names, numbered_classes, read_labels_file
from ...utils.class_counts import count_labels
from ...utils.validation import shown
from .class_naming import check_no_shared_name, has_labels_lines, name_classes, unused_names
from .image_folders import read_image_folders
from .image_source import names_by_folder
from .joining import JoinedLists, read_lists

SPLITS = ('train', 'val', 'test')


@dataclass
class ImageTable:
    """N images of C classes.

    root: the absolute folder that paths are relative to. paths: N. labels:
    (N,) int64. splits: (N,) of '', 'train', 'val' or 'test'; '' is not yet
    decided. ids: C ids as found, such as folder names. names: C names as
    found. origin: what was read. left_out: notes on what was not taken.
    drawn: how splits were drawn, a sentence; '' if they were not.
    """

    root: str
    paths: list[str]
    labels: np.ndarray
    splits: np.ndarray
    ids: list[str]
    names: list[str]
    origin: str
    left_out: list[str] = field(default_factory=list)
    drawn: str = ''

    @property
    def counts(self) -> np.ndarray:
        """Images of each class, (C,) int64."""
        return count_labels(self.labels, len(self.ids))

    def counts_of(self, split: str) -> np.ndarray:
        """Return the images of each class in a split, (C,) int64."""
        return count_labels(self.labels[self.splits == split], len(self.ids))

    def only(self, kept: np.ndarray, note: str) -> 'ImageTable':
        """Return the table of some images, with all classes and one more note.

        Args:
            kept (np.ndarray): (N,) bool.
            note (str): what was left out.
        """
        indices = np.flatnonzero(kept)
        return replace(
            self,
            paths=[self.paths[i] for i in indices],
            labels=self.labels[indices],
            splits=self.splits[indices],
            left_out=[*self.left_out, note],
        )

    def full_path(self, index: int) -> str:
        """Return where an image is."""
        path = self.paths[index]
        return path if '://' in path else osp.join(self.root, path)


def sort_ids(ids: Sequence[str]) -> list[str]:
    """Sort ids as text, but whole numbers by their value.

    Examples:
        >>> sort_ids(['10', '9']), sort_ids(['10', '9', 'a'])
        (['9', '10'], ['10', '9', 'a'])
    """
    ids = sorted(ids)
    return sorted(ids, key=int) if _are_whole(ids) else ids


def _are_whole(ids: Sequence[str]) -> bool:
    return all(own.isascii() and own.isdigit() and len(own) < 19 for own in ids)


def read_image_table(
    images: str | None = None, lists: Sequence[str] = (), names: str | None = None
) -> ImageTable:
    """Read images, classes and, where there are some, splits.

    What form something has, its content tells: see the page on data.

    Args:
        images (str, optional): a folder of class folders, perhaps below
            folders of splits, or a list; with ``lists``, the folder that
            their paths start from.
        lists (Sequence[str]): files of images and classes, such as
            'train=a.csv', 'all=a.txt' or 'val.json': 'path label' lines, CSV
            or TSV tables, or JSON as COCO's. Without ``images`` paths start
            from the folder of their list.
        names (str, optional): a file of the class names, see
            ``name_classes``. Defaults to None, those that folders or lists
            have.

    Raises:
        FileNotFoundError: if a file or folder is missing.
        ValueError: if what was given cannot be understood, an image is of two
            classes or splits, two classes share a name, or a class has images
            in val or test alone; naming file, place and remedy.
    """
    if images is None and not lists:
        raise ValueError('There are no images: give a folder of class folders, or lists.')
    images = images and osp.expanduser(images)
    if images and osp.isfile(images):
        images, lists = None, [images, *lists]
    if images is not None and not osp.isdir(images):
        raise FileNotFoundError(
            f"'{images}' does not exist; give the folder that holds the images, one folder per "
            'class, or a list of them.'
        )
    found = read_lists(lists, images) if lists else _of_folders(images)
    keys = sort_ids(set(found.keys))
    label_of = {key: label for label, key in enumerate(keys)}
    table = ImageTable(
        root=found.root,
        paths=found.paths,
        labels=np.array([label_of[key] for key in found.keys], dtype=np.int64),
        splits=np.array(found.splits, dtype='<U5'),
        ids=keys,
        names=[],
        origin=found.origin,
        left_out=found.notes,
    )
    _name(table, found, names and osp.expanduser(names), bool(lists))
    _check_trained(table)
    return table


def _of_folders(images: str) -> JoinedLists:
    rows, origin, notes = read_image_folders(images)
    paths, keys, splits = (list(column) for column in zip(*rows))
    return JoinedLists(osp.abspath(images), paths, keys, splits, {}, paths, origin, notes)


def _name(table: ImageTable, found: JoinedLists, names: str | None, listed: bool):
    """Set names, and the ids of numbers, of a table that has its keys as ids."""
    numbered = listed and _are_whole(table.ids)
    if names and numbered and has_labels_lines(names):
        _name_by_place(table, found, names)
        return
    if names:
        table.names, notes = name_classes(names, table.ids)
        table.left_out = [*table.left_out, *notes]
        return
    if found.names:
        lost = [own for own in table.ids if own not in found.names]
        if lost:
            raise ValueError(
                f'{table.origin}: the class {shown(lost[0])} has no name ({len(lost)} of '
                f'{len(table.ids)} classes); give a file of the names.'
            )
        own, where = [found.names[key] for key in table.ids], table.origin
    elif numbered:
        numbers = np.array([int(own) for own in table.ids], dtype=np.int64)
        by_folder = names_by_folder(
            table.origin, table.paths, numbers[table.labels], 'give a file of the class names'
        )
        own, where = [by_folder[number] for number in numbers.tolist()], 'the folders of images'
    else:
        own, where = table.ids, table.origin
    table.names = list(check_names(own, where))
    check_no_shared_name(table.names, table.ids, [table.origin] * len(table.ids))


def _name_by_place(table: ImageTable, found: JoinedLists, names: str):
    """Let numbers of a list be places among the sorted ids of a labels file."""
    rows = read_labels_file(names)
    numbers = np.array([int(own) for own in table.ids], dtype=np.int64)
    wrong = np.flatnonzero(numbers[table.labels] >= len(rows))
    if wrong.size:
        raise ValueError(
            f'{found.where[wrong[0]]}: label {numbers[table.labels[wrong[0]]]} is out of range; '
            f'{names} has {len(rows)} classes, numbered from 0 in the order of their ids. '
            'Correct the label, or name another file.'
        )
    check_numbers(numbered_classes(names), [(table.origin, table.paths, numbers[table.labels])])
    more = [own for place, (own, _) in enumerate(rows) if str(place) not in table.ids]
    table.ids = [rows[number][0] for number in numbers.tolist()]
    table.names = [rows[number][1] for number in numbers.tolist()]
    table.left_out = [*table.left_out, *unused_names(more)]
    check_no_shared_name(table.names, table.ids, [names] * len(table.ids))


def _check_trained(table: ImageTable):
    """Check that each class has images that are, or may be put, in train."""
    trained = np.isin(np.arange(len(table.ids)), table.labels[np.isin(table.splits, ('train', ''))])
    if trained.all():
        return
    label = int(np.argmin(trained))
    image = int(np.flatnonzero(table.labels == label)[0])
    raise ValueError(
        f'{table.origin}: the class {shown(table.ids[label])} has images in '
        f"{table.splits[image]}, such as '{table.paths[image]}', but none in train "
        f'({int((~trained).sum())} of {len(trained)} classes). Add training images, correct its '
        'name where it is spelled otherwise, or take it out.'
    )
