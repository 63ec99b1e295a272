"""Training images per class."""

import os
from collections.abc import Sequence
from numbers import Integral

import numpy as np

from .annotation_list import line_of_sample, read_annotation_list
from .files import read_json
from .validation import shown

_LARGEST_COUNT = 10**12


def count_labels(labels: Sequence[int], num_classes: int, name: str = 'The labels') -> np.ndarray:
    """Count the samples of each class.

    Args:
        labels (Sequence[int]): (N,) class indices.
        num_classes (int): C.
        name (str): whose labels, for the message. Defaults to 'The labels'.

    Returns:
        np.ndarray: (C,) int64.

    Raises:
        ValueError: if a label is no integer of 0 .. C-1.

    Examples:
        >>> count_labels([0, 2, 2], num_classes=4).tolist()
        [1, 0, 2, 0]
    """
    labels = _integers(labels, name)
    bad = np.flatnonzero((labels < 0) | (labels >= num_classes))
    if bad.size:
        raise ValueError(
            f'{name}: Sample {bad[0]} has label {labels[bad[0]]}; with num_classes={num_classes} '
            f'labels must lie in 0 .. {num_classes - 1}. Correct the labels or num_classes.'
        )
    return np.bincount(labels.astype(np.int64), minlength=num_classes).astype(np.int64)


def _integers(labels: Sequence[int], name: str) -> np.ndarray:
    """Return labels as an array (N,) of integers."""
    try:
        values = np.asarray(labels)
    except ValueError:  # lists of different lengths
        values = np.empty((0, 0))
    whole = values.ndim == 1 and (not values.size or np.issubdtype(values.dtype, np.integer))
    # Beside integers NumPy makes an integer of True.
    if not whole or (isinstance(labels, (list, tuple)) and bool in set(map(type, labels))):
        raise ValueError(
            f'{name}: labels must be a list of integers of 64 bits, but are {shown(labels)}. '
            'Correct them.'
        )
    return values


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
        ValueError: if the counts are not C integers >= 0, those of a file all
            0, or a label is outside 0 .. C-1 or no index of a class.
    """
    if not isinstance(source, (str, os.PathLike)):
        return _check_counts(source, num_classes, 'class_counts')
    path = os.fspath(source)
    if not path.endswith(('.json', '.json.gz')):
        _, labels = read_annotation_list(path)
        return count_list(path, labels, num_classes or _plausible_classes(path, labels))
    counts = read_json(path, 'a list of the training images per class')
    counts = _check_counts(counts, num_classes, path)
    if not counts.any():
        raise ValueError(f'{path} has no training image of any class; correct it.')
    return counts


def count_list(path: str, labels: np.ndarray, num_classes: int) -> np.ndarray:
    """Count the labels of a list file, (C,) int64, after ``check_label_range``."""
    check_label_range(path, labels, num_classes)
    return np.bincount(labels, minlength=num_classes).astype(np.int64)


def check_label_range(path: str, labels: np.ndarray, num_classes: int):
    """Check that the labels of a list file lie in 0 .. C-1.

    Args:
        path (str): the list file, for the message.
        labels (np.ndarray): (N,) int64.
        num_classes (int): C.

    Raises:
        ValueError: naming the line of the first label out of range; of a JSON
            file the image, counted from 0.
    """
    beyond = labels >= num_classes
    if not beyond.any():
        return
    first = int(np.argmax(beyond))
    raise ValueError(
        f'{_place(path, first)}: label {labels[first]} is out of range for {num_classes} classes; '
        f'labels must lie in 0 .. {num_classes - 1}. Correct the list, or the names of the classes.'
    )


def most_classes(num_samples: int) -> int:
    """Return how many classes N samples may be of, where no names of classes say it.

    What is made of labels has a place for each class, so that one damaged
    label would take all memory.
    """
    return 100_000 + 10 * num_samples


def _plausible_classes(path: str, labels: np.ndarray) -> int:
    """Return the largest label + 1, unless nearly all classes had no image then."""
    largest = int(np.argmax(labels))
    if labels[largest] >= 1000 + 10 * len(labels):
        raise ValueError(
            f'{_place(path, largest)}: label {labels[largest]} in a list of {len(labels)} images '
            'cannot be the index of a class, from 0. Correct the line.'
        )
    return int(labels[largest]) + 1


def _place(path: str, sample: int) -> str:
    if path.endswith(('.json', '.json.gz')):
        return f'{path}, images[{sample}]'
    return f'{path}, line {line_of_sample(path, sample)}'


def _check_counts(counts, num_classes: int | None, name: str) -> np.ndarray:
    """Check that the counts are C integers >= 0."""
    if hasattr(counts, 'tolist'):  # an array or a tensor
        counts = counts.tolist()
    expected = f'{name} must be a list of integers >= 0, the training images of each class, but'
    if not isinstance(counts, Sequence) or isinstance(counts, str) or not counts:
        raise ValueError(f'{expected} is {shown(counts, 80)}; correct it.')
    for label, count in enumerate(counts):
        if (
            not isinstance(count, Integral)
            or isinstance(count, bool)
            or not 0 <= count <= _LARGEST_COUNT
        ):
            raise ValueError(f'{expected} that of class {label} is {shown(count)}; correct it.')
    if num_classes is not None and len(counts) != num_classes:
        raise ValueError(
            f'{name} has {len(counts)} counts for {num_classes} classes; give one count per class.'
        )
    return np.array(counts, dtype=np.int64)
