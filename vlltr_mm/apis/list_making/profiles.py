"""How many training images each class of a long tail has."""

import math

import numpy as np

_MOST_IMAGES = 10**12
_ROUNDING = 1e-6  # 49 · 49⁻¹ is 0.999…: such a product is still one image


def exponential_profile(num_classes: int, most: int, imbalance: float) -> np.ndarray:
    """Return counts that fall exponentially, as in CIFAR-LT.

    n_c = ⌊most · imbalance^(−c / (C−1))⌋, c = 0 .. C−1.

    Source: Cui et al., CVPR 2019, and Cao et al. (LDAM), NeurIPS 2019.

    Args:
        num_classes (int): C, at least 2.
        most (int): images of class 0.
        imbalance (float): images of class 0 per image of class C−1, at least
            1.

    Returns:
        np.ndarray: (C,) int64, falling.

    Raises:
        ValueError: if an argument is too small, or a class gets no image.

    Examples:
        >>> exponential_profile(5, most=500, imbalance=100).tolist()
        [500, 158, 50, 15, 5]
    """
    _check(num_classes, most, imbalance)
    depth = np.arange(num_classes) / (num_classes - 1)
    return _whole(most * imbalance**-depth, most, imbalance)


def pareto_profile(num_classes: int, most: int, imbalance: float, power: float = 6.0) -> np.ndarray:
    """Return counts that fall as the quantiles of a Pareto law.

    With least = most / imbalance and q_c = (C / (c+1))^(1/power) − 1,
    n_c = ⌊least + (most − least) · q_c / q_0⌋, c = 0 .. C−1. The q_c are the
    quantiles of ``numpy.random.pareto`` at 1 − (c+1)/C: the law that starts
    at 0 (Lomax).

    Source: Liu et al. (OLTR), CVPR 2019, make ImageNet-LT of a Pareto law of
    power 6, from 1280 to 5 images. They drew its counts at random; these are
    its quantiles, so the same arguments always give the same counts, close to
    theirs but not equal.

    Args:
        num_classes (int): C, at least 2.
        most (int): images of class 0.
        imbalance (float): images of class 0 per image of class C−1, at least
            1.
        power (float): above 0; a smaller one has a shorter head and a longer
            tail. Defaults to 6.

    Returns:
        np.ndarray: (C,) int64, falling.

    Raises:
        ValueError: if an argument is too small, or a class gets no image.

    Examples:
        >>> pareto_profile(4, most=100, imbalance=20, power=1).tolist()
        [100, 36, 15, 5]
    """
    _check(num_classes, most, imbalance)
    if not power > 0:
        raise ValueError(f'power is {power}; it must be above 0, such as 6.')
    rank = np.arange(1, num_classes + 1)
    with np.errstate(over='ignore'):
        quantiles = (num_classes / rank) ** (1 / np.float64(power)) - 1
    if not 0 < quantiles[0] < math.inf:
        raise ValueError(
            f'power is {power}, too {"large" if power > 1 else "small"} for {num_classes} classes '
            'to differ as finite numbers; give one such as 6.'
        )
    least = most / imbalance
    return _whole(least + (most - least) * quantiles / quantiles[0], most, imbalance)


def _check(num_classes: int, most: int, imbalance: float):
    for name, value, least in (
        ('num_classes', num_classes, 2),
        ('most', most, 1),
        ('imbalance', imbalance, 1),
    ):
        if not least <= value < math.inf:
            raise ValueError(f'{name} is {value}; it must be at least {least}, and finite.')
    if most > _MOST_IMAGES:
        raise ValueError(f'most is {most}; it must be at most {_MOST_IMAGES}.')


def _whole(values: np.ndarray, most: int, imbalance: float) -> np.ndarray:
    counts = np.floor(values + _ROUNDING).astype(np.int64)
    if counts[-1] < 1:
        raise ValueError(
            f'most={most} with imbalance={imbalance:g} leaves '
            f'{int((counts < 1).sum())} classes without an image; give more '
            f'images to the first class, or an imbalance of at most {most}.'
        )
    return counts
