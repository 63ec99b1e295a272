"""Training images per class."""

import os
from collections.abc import Sequence

import numpy as np

from .annotation_list import line_of_sample, read_annotation_list
from .files import read_json


def count_labels(labels: Sequence[int], num_classes: int) -> np.ndarray:
    """Count the samples of each class.

    Args:
        labels (Sequence[int]): (N,) class indices.
        num_classes (int): C.

    Returns:
        np.ndarray: (C,) int64.

    Raises:
        ValueError: if a label is outside 0 .. C-1.

    Examples:
        >>> count_labels([0, 2, 2], num_classes=4).tolist()
        [1, 0, 2, 0]
    """
    labels = np.asarray(labels, dtype=np.int64)
    bad = np.flatnonzero((labels < 0) | (labels >= num_classes))
    if bad.size:
        raise ValueError(
            f'Sample {bad[0]} has label {labels[bad[0]]}; with num_classes={num_classes} labels '
            f'must lie in 0 .. {num_classes - 1}. Correct the labels or num_classes.'
        )
    return np.bincount(labels, minlength=num_classes).astype(np.int64)


def read_class_counts(source: Sequence[int] | str, num_classes: int | None = None) -> np.ndarray:
    """Read the training images per class.

    Args:
        source (Sequence[int] | str): the C counts themselves, a ``.json``
            file with the list of them, or the training list with one
            'path label' per line, whose labels are counted.
        num_classes (int, optional): C. Defaults to None: as many as there
            are counts, or the largest label of the list + 1.

    Returns:
        np.ndarray: (C,) int64.

    Raises:
        FileNotFoundError: if the file is missing.
        ValueError: if the counts are not C integers >= 0, or a label is
            outside 0 .. C-1.
    """
    if not isinstance(source, (str, os.PathLike)):
        return _check_counts(source, num_classes, 'class_counts')
    path = os.fspath(source)
    if not path.endswith('.json'):
        _, labels = read_annotation_list(path)
        return count_list(path, labels, num_classes or int(labels.max()) + 1)
    counts = read_json(path, 'a list of the training images per class')
    return _check_counts(counts, num_classes, path)


def count_list(path: str, labels: np.ndarray, num_classes: int) -> np.ndarray:
    """Count the labels of a list file, (C,) int64, after ``check_label_range``."""
    check_label_range(path, labels, num_classes)
    return count_labels(labels, num_classes)


def check_label_range(path: str, labels: np.ndarray, num_classes: int):
    """Check that the labels of a list file lie in 0 .. C-1.

    Args:
        path (str): the list file, for the message.
        labels (np.ndarray): (N,) int64.
        num_classes (int): C.

    Raises:
        ValueError: naming the line of the first label out of range.
    """
    if labels.max() < num_classes:
        return
    first = int(np.argmax(labels >= num_classes))
    raise ValueError(
        f'{path}, line {line_of_sample(path, first)}: label {labels[first]} '
        f'is out of range for {num_classes} classes; labels must lie in 0 .. '
        f'{num_classes - 1}. Correct the list, or the names of the classes.'
    )


def _check_counts(counts, num_classes: int | None, name: str) -> np.ndarray:
    """Check that the counts are C integers >= 0."""
    try:
        values = np.asarray(counts)
    except ValueError:
        values = np.empty(0)
    if (
        values.ndim != 1
        or values.size == 0
        or not np.issubdtype(values.dtype, np.integer)
        or values.min() < 0
    ):
        raise ValueError(
            f'{name} must be a list of integers >= 0, the training images of '
            f'each class, but is {str(counts)[:80]}; correct it.'
        )
    if num_classes is not None and len(values) != num_classes:
        raise ValueError(
            f'{name} has {len(values)} counts for {num_classes} classes; give one count per class.'
        )
    return values.astype(np.int64)
