"""The many, medium and few classes of a long tail."""

from typing import Dict, Sequence

import numpy as np

SPLITS = ('many', 'medium', 'few')


def class_splits(
    class_counts: Sequence[int], thresholds: Sequence[int] = (20, 100), rule: str = 'field'
) -> Dict[str, np.ndarray]:
    """Split the classes by their training images.

    With thresholds (lo, hi), ``'field'`` calls a class many with more than hi
    images, few with fewer than lo, and medium from lo to hi (Decoupling,
    RIDE, BALLAD); ``'oltr'`` calls it many with at least hi, few with at most
    lo, and medium between.

    Args:
        class_counts (Sequence[int]): (C,) training images per class.
        thresholds (tuple[int, int]): lo and hi, in images. Defaults to
            (20, 100).
        rule (str): 'field' or 'oltr'. Defaults to 'field'.

    Returns:
        dict[str, np.ndarray]: masks (C,) bool of ``many``, ``medium`` and
        ``few``; each class is in exactly one.

    Raises:
        ValueError: if the rule is unknown or lo is not below hi.

    Examples:
        >>> masks = class_splits([101, 100, 20, 19])
        >>> {name: mask.nonzero()[0].tolist() for name, mask in masks.items()}
        {'many': [0], 'medium': [1, 2], 'few': [3]}
    """
    counts = np.asarray(class_counts)
    if len(thresholds) != 2 or not thresholds[0] < thresholds[1]:
        raise ValueError(
            f'thresholds is {tuple(thresholds)}; give (lo, hi) with lo < hi, '
            'in images per class, such as (20, 100).'
        )
    low, high = thresholds
    if rule == 'field':
        many, few = counts > high, counts < low
    elif rule == 'oltr':
        many, few = counts >= high, counts <= low
    else:
        raise ValueError(
            f"rule is '{rule}'; allowed are 'field' (many > hi, "
            "few < lo) and 'oltr' (many >= hi, few <= lo)."
        )
    return dict(many=many, medium=~(many | few), few=few)
