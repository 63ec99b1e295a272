"""A training set without some images of each class, or those images."""

from collections.abc import Sequence

import numpy as np
from mmpretrain.registry import DATASETS
from torch.utils.data import Dataset

from ..utils.dataset_facts import read_gt_labels
from ..utils.validation import check_int, check_number, check_text
from .wrapped_dataset import WrappedDataset

_PARTS = ('rest', 'held')


def hold_out(labels: np.ndarray, share: float = 0.1, below: int = 20, seed: int = 0) -> np.ndarray:
    """Choose the samples to hold out, by a draw of its own for each class.

    Of a class with n samples, round(share·n), at least one, where n ≥
    ``below``; one where n is less; none of a single one, which is trained on.

    Args:
        labels (np.ndarray): (N,) int64.
        share (float): in (0, 1). Defaults to 0.1.
        below (int): Defaults to 20.
        seed (int): Defaults to 0.

    Returns:
        np.ndarray: (N,) bool.

    Examples:
        >>> held = hold_out(np.repeat([0, 1, 2], [30, 5, 1]))
        >>> [int(held[:30].sum()), int(held[30:35].sum()), int(held[35])]
        [3, 1, 0]
    """
    held = np.zeros(len(labels), dtype=bool)
    for label in np.unique(labels):
        members = np.flatnonzero(labels == label)
        size = max(1, round(share * len(members))) if len(members) >= below else 1
        draw = np.random.default_rng([seed, label]).permutation(members)
        held[draw[: min(size, len(members) - 1)]] = True
    return held


@DATASETS.register_module()
class HoldOutDataset(WrappedDataset):
    """A training set without the images that ``hold_out`` chooses, or those only.

    Two data sets with the same list, share, bound and seed are the two parts
    of one; no list is written. Its metainfo is that of the whole: many, medium
    and few go by all training images.

    Args:
        dataset (dict | Dataset): any classification data set of MMPretrain, or
            a wrapper of some.
        part (str): 'rest' or 'held'.
        share (float): of a class with ``below`` images or more that is held
            out, in (0, 1). Defaults to 0.1.
        below (int): classes with fewer images give one. Defaults to 20.
        seed (int): Defaults to 0.

    Raises:
        ValueError: if an argument is none of these, or no image is left.
    """

    def __init__(
        self, dataset: dict | Dataset, part: str, share: float = 0.1, below: int = 20, seed: int = 0
    ):
        check_text(part, 'part', _PARTS)
        if not 0 < check_number(share, 'share') < 1:
            raise ValueError(f'share is {share}; give a number between 0 and 1, such as 0.1.')
        self.part = part
        super().__init__(dataset)
        labels = read_gt_labels(self.dataset)
        held = hold_out(labels, share, check_int(below, 'below', 1), check_int(seed, 'seed'))
        self._indices = np.flatnonzero(held == (part == 'held'))
        if len(self._indices) == 0:
            raise ValueError(
                f'No image of {type(self.dataset).__name__} is {part!r}: of its {len(labels)} '
                'images each is the only one of its class. Give a data set with more.'
            )
        self._labels = labels[self._indices]

    def full_init(self):
        """Do nothing: the annotations were read to choose the images."""

    def get_data_info(self, idx: int) -> dict:
        """Return the annotation of an image."""
        return self.dataset.get_data_info(int(self._indices[idx]))

    def get_gt_labels(self) -> np.ndarray:
        """Return the labels, (N,) int64."""
        return self._labels

    def get_subset_(self, indices: Sequence[int] | int):
        """Keep only some images, in place; of a number the first or, below 0, the last."""
        if isinstance(indices, int):
            indices = range(len(self))[:indices] if indices >= 0 else range(len(self))[indices:]
        chosen = np.asarray(indices, dtype=np.int64)
        self._indices, self._labels = self._indices[chosen], self._labels[chosen]

    def __len__(self) -> int:
        """Return the number of images."""
        return len(self._indices)

    def __getitem__(self, idx: int):
        """Return what the wrapped data set gives for an image."""
        return self.dataset[int(self._indices[idx])]
