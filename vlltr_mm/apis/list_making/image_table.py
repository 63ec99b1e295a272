"""The images of a user, with classes and splits, in whatever form they are kept."""

import os.path as osp
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from ...utils.class_counts import count_labels
from .image_folders import read_image_folders

SPLITS = ('train', 'val', 'test')


@dataclass
class ImageTable:
    """N images of C classes.

    root: the absolute folder that paths are relative to. paths: N. labels:
    (N,) int64. splits: (N,) of '', 'train', 'val' or 'test'; '' is not yet
    decided. ids: C ids as found, such as folder names. names: C names as
    found. origin: what was read. left_out: notes on what was not taken.
    """

    root: str
    paths: list[str]
    labels: np.ndarray
    splits: np.ndarray
    ids: list[str]
    names: list[str]
    origin: str
    left_out: list[str] = field(default_factory=list)

    @property
    def counts(self) -> np.ndarray:
        """Images of each class, (C,) int64."""
        return count_labels(self.labels, len(self.ids))

    def counts_of(self, split: str) -> np.ndarray:
        """Return the images of each class in a split, (C,) int64."""
        return count_labels(self.labels[self.splits == split], len(self.ids))

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
    whole = all(own.isascii() and own.isdigit() and len(own) < 19 for own in ids)
    return sorted(ids, key=int) if whole else ids


def read_image_table(
    images: str | None = None, lists: Sequence[str] = (), names: str | None = None
) -> ImageTable:
    """Read images, classes and, where there are some, splits.

    Args:
        images (str, optional): a folder of class folders; with ``lists``, the
            folder that their paths start from.
        lists (Sequence[str]): files that list the images. Defaults to none.
        names (str, optional): a file of the class names. Defaults to None,
            those that folders or lists have.

    Raises:
        FileNotFoundError: if a file or folder is missing.
        ValueError: if what was given cannot be understood, naming file, place
            and remedy.
    """
    if images is None and not lists:
        raise ValueError('There are no images: give a folder of class folders, or lists.')
    images = osp.expanduser(images)
    if not osp.isdir(images):
        raise FileNotFoundError(
            f"'{images}' does not exist; give the folder that holds the images, one folder per "
            'class.'
        )
    rows, origin, left_out = read_image_folders(images)
    ids = sort_ids({own for _, own, _ in rows})
    label_of = {own: label for label, own in enumerate(ids)}
    return ImageTable(
        root=osp.abspath(images),
        paths=[path for path, _, _ in rows],
        labels=np.array([label_of[own] for _, own, _ in rows], dtype=np.int64),
        splits=np.array([split for _, _, split in rows], dtype='<U5'),
        ids=ids,
        names=list(ids),
        origin=origin,
        left_out=left_out,
    )
