"""Test lists whose classes are distributed otherwise than evenly."""

import os
import os.path as osp
from collections.abc import Sequence

import numpy as np

from ...utils.annotation_list import read_annotation_list, write_annotation_list
from ...utils.class_counts import count_list, read_class_counts
from ...utils.validation import check_int, check_number

DIRECTIONS = ('forward', 'backward')
RATIOS = (2, 5, 10, 25, 50)


def shifted_counts(
    test_counts: np.ndarray, train_counts: np.ndarray, ratio: float, direction: str = 'forward'
) -> np.ndarray:
    """Return how many test images of each class a shifted list has.

    The class of rank r, from 0, keeps ⌊n·ratio^(−r/(C − 1))⌋ of its n. Forward
    ranks run from the class with most training images to that with fewest, so
    that the test is long-tailed as the training is; backward ranks the other
    way round. Classes of equal size are ranked by label. For ImageNet-LT (50
    a class), Places-LT (100) and the ratios 2 to 50 the lists are as long as
    those published with SADE (arXiv 2107.09249).

    Args:
        test_counts (np.ndarray): (C,) int64.
        train_counts (np.ndarray): (C,) int64.
        ratio (float): of the largest to the smallest class, ≥ 1.
        direction (str): 'forward' or 'backward'. Defaults to 'forward'.

    Returns:
        np.ndarray: (C,) int64.

    Raises:
        ValueError: if the ratio is below 1, or there is no such direction.

    Examples:
        >>> shifted_counts(np.array([50, 50, 50]), np.array([7, 90, 30]), 25).tolist()
        [2, 50, 10]
    """
    check_number(ratio, 'ratio', 1)
    if direction not in DIRECTIONS:
        raise ValueError(f"direction is '{direction}'; allowed are {', '.join(DIRECTIONS)}.")
    order = np.argsort(-np.asarray(train_counts), kind='stable')
    if direction == 'backward':
        order = order[::-1]
    ranks = np.empty(len(order))
    ranks[order] = np.arange(len(order)) / max(1, len(order) - 1)
    # A whole number is not to fall below itself by rounding.
    return np.floor(test_counts * float(ratio) ** -ranks + 1e-9).astype(np.int64)


def shift_test_list(
    test_list: str,
    class_counts: Sequence[int] | str,
    out: str,
    ratios: Sequence[float] = RATIOS,
    seed: int = 0,
) -> dict[str, np.ndarray]:
    """Write forward and backward lists of a balanced test list.

    Of each class the first images of one random order are kept, so that the
    smaller of two lists is part of the larger in each class.

    Args:
        test_list (str): 'path label' lines.
        class_counts (Sequence[int] | str): training images of each class, or
            a file of them, such as the training list.
        out (str): folder for the lists, ``NAME_forward50.txt`` and so on;
            NAME is that of the test list without '_test' or '_val'.
        ratios (Sequence[float]): Defaults to 2, 5, 10, 25 and 50.
        seed (int): of the order. Defaults to 0.

    Returns:
        dict[str, np.ndarray]: path of each list → its images of each class.

    Raises:
        FileExistsError: if a list is there already.
        FileNotFoundError: if a file is missing.
        ValueError: if a class has no test image, or a label has no class, or
            a list would lack a class.
    """
    train_counts = read_class_counts(class_counts)
    images, labels = read_annotation_list(test_list)
    test_counts = count_list(test_list, labels, len(train_counts))
    if not test_counts.all():
        raise ValueError(
            f'{test_list} has no image of class {int(np.argmin(test_counts))}; a shifted list '
            'needs some of each class. Give the test list of the same classes as class_counts.'
        )
    name = osp.splitext(osp.basename(test_list))[0].removesuffix('_test').removesuffix('_val')
    made = {}
    for ratio in ratios:
        for direction in DIRECTIONS:
            counts = shifted_counts(test_counts, train_counts, ratio, direction)
            if not counts.all():
                raise ValueError(
                    f'{test_list} has {test_counts.min()} images of a class; with the ratio '
                    f'{ratio:g} the smallest class would have none. Leave that ratio out.'
                )
            made[osp.join(out, f'{name}_{direction}{ratio:g}.txt')] = counts
    there = [path for path in made if osp.exists(path)]
    if there:
        raise FileExistsError(f"'{there[0]}' exists; name another folder.")
    place = _places(labels, check_int(seed, 'seed', 0))
    os.makedirs(out, exist_ok=True)
    for path, counts in made.items():
        kept = np.flatnonzero(place < counts[labels])
        write_annotation_list(path, [images[i] for i in kept], labels[kept])
    return made


def _places(labels: np.ndarray, seed: int) -> np.ndarray:
    """Return the place of each image in the random order of its class, (N,)."""
    order = np.random.default_rng(seed).permutation(len(labels))
    order = order[np.argsort(labels[order], kind='stable')]
    starts = np.cumsum(np.bincount(labels)) - np.bincount(labels)
    places = np.empty(len(labels), dtype=np.int64)
    places[order] = np.arange(len(labels)) - starts[labels[order]]
    return places
