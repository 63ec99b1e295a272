"""Draw a long-tailed training set and balanced held-out sets."""

import unicodedata
from collections import Counter
from collections.abc import Sequence

import numpy as np

from ...utils.annotation_list import find_duplicates, read_lines
from ...utils.class_counts import count_labels

ORDERS = ('label', 'name', 'size', 'shuffled')


def order_classes(
    names: Sequence[str],
    available: Sequence[int],
    order: str | Sequence[str] = 'label',
    seed: int = 0,
) -> np.ndarray:
    """Return the labels of the classes from the head of the tail to its end.

    Args:
        names (Sequence[str]): C class names.
        available (Sequence[int]): (C,) images of each.
        order (str | Sequence[str]): 'label', as they are numbered; 'name';
            'size', most images first; 'shuffled' with the seed; or the C
            names in the wanted order. Defaults to 'label'.
        seed (int): of 'shuffled'. Defaults to 0.

    Returns:
        np.ndarray: (C,) int64, each label once.

    Raises:
        ValueError: if the order is unknown, or not each class's name once.
    """
    if not isinstance(order, str):
        return _order_by_list(list(names), list(order))
    if order == 'label':
        return np.arange(len(names))
    if order == 'name':
        return np.argsort(np.asarray(names, dtype=object), kind='stable')
    if order == 'size':
        return np.argsort(-np.asarray(available), kind='stable')
    if order == 'shuffled':
        return np.random.default_rng(seed).permutation(len(names))
    raise ValueError(
        f"order is '{order}'; allowed are "
        f'{", ".join(map(repr, ORDERS))} and a list of the class names.'
    )


def read_order(path: str) -> list[str]:
    """Read the names of classes, one a line, for ``order_classes``.

    Args:
        path (str): the file, UTF-8; blank lines are skipped.

    Returns:
        list[str]: the names in Unicode's normal form C.

    Raises:
        FileNotFoundError: if there is no such file.
        ValueError: if it is no UTF-8 text, or has no name.
    """
    lines = [line.strip() for line in read_lines(path, 'the names of the classes, one a line')]
    if not any(lines):
        raise ValueError(f'{path} has no name; write the name of each class on a line.')
    return [unicodedata.normalize('NFC', line) for line in lines if line]


def _order_by_list(names: list, order: list) -> np.ndarray:
    times = Counter(order)
    wrong = set(order) ^ set(names) | {n for n, k in times.items() if k > 1}
    if wrong or len(order) != len(names):
        raise ValueError(
            f'order has {len(order)} names for {len(names)} classes; it must '
            'have the name of each class once, and of no two classes the '
            f'same, but not so {sorted(wrong)[:3]}. Correct the list.'
        )
    return np.array([names.index(name) for name in order], dtype=np.int64)


def draw_splits(
    paths: Sequence[str],
    labels: np.ndarray,
    names: Sequence[str],
    train_counts: Sequence[int],
    val_per_class: int = 0,
    test_per_class: int = 0,
    seed: int = 0,
) -> dict[str, np.ndarray]:
    """Draw test, then val, then training images of each class.

    A class's images are sorted by path and shuffled with the seed and its
    label. So the draw does not depend on the order of the list, held-out
    images do not depend on the training counts, and a smaller training set is
    part of a larger one.

    Args:
        paths (Sequence[str]): N different image paths.
        labels (np.ndarray): (N,) int64.
        names (Sequence[str]): C class names, for messages.
        train_counts (Sequence[int]): (C,) training images of each class.
        val_per_class (int): Defaults to 0.
        test_per_class (int): Defaults to 0.
        seed (int): Defaults to 0.

    Returns:
        dict[str, np.ndarray]: ascending by label, the indices into paths of
        ``train``, ``val`` and ``test``; no image is in two.

    Raises:
        ValueError: if a path occurs twice, a number is negative, or a class
            has too few images.
    """
    for name, value in (('val_per_class', val_per_class), ('test_per_class', test_per_class)):
        if value < 0:
            raise ValueError(f'{name} is {value}; it must be at least 0.')
    if seed < 0:
        raise ValueError(f'seed is {seed}; it must be at least 0.')
    repeated, contradictory = find_duplicates(paths, labels)
    for twice in (*contradictory, *repeated):
        own = f', with the labels {contradictory[twice]}' if twice in contradictory else ''
        raise ValueError(
            f"'{twice}' is listed twice{own}, so splits could share it; list each image once."
        )
    by_path = np.argsort(np.asarray(paths, dtype=object), kind='stable')
    available = count_labels(labels, len(names))
    by_class = by_path[np.argsort(labels[by_path], kind='stable')]
    own = np.split(by_class, np.cumsum(available)[:-1])
    held_out = val_per_class + test_per_class
    _check_enough(available, names, train_counts, val_per_class, test_per_class)
    parts = dict(train=[], val=[], test=[])
    for label, indices in enumerate(own):
        drawn = np.random.default_rng((seed, label)).permutation(indices)
        parts['test'].append(drawn[:test_per_class])
        parts['val'].append(drawn[test_per_class:held_out])
        parts['train'].append(drawn[held_out : held_out + train_counts[label]])
    return {split: np.concatenate(part) for split, part in parts.items()}


def _check_enough(
    available: Sequence[int],
    names: Sequence[str],
    train_counts: Sequence[int],
    val_per_class: int,
    test_per_class: int,
):
    """Check that no class would get fewer images than asked for."""
    held_out = val_per_class + test_per_class
    short = [
        c for c, (has, train) in enumerate(zip(available, train_counts)) if has < train + held_out
    ]
    if not short:
        return
    label = short[0]
    raise ValueError(
        f"Class {label} '{names[label]}' has {available[label]} images, but "
        f'{train_counts[label]} (train) + {val_per_class} (val) + '
        f'{test_per_class} (test) are needed; {len(short)} of {len(names)} '
        'classes have too few. Lower most, val_per_class or test_per_class, '
        "raise imbalance, give order='size', or leave these classes out."
    )
