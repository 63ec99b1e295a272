"""Is the difference of two classifiers on the same images more than chance?"""

import math
from collections.abc import Sequence

import numpy as np

from .class_splits import ClassSplits

_EXACT = 20  # differences, of which 2^20 sums are looked at


def sign_flip_test(differences: Sequence[float]) -> float:
    """Test whether paired differences are around 0, exactly.

    If none of the two is better, each difference could as well have the other
    sign. p is the share of the 2^S ways to choose the signs whose sum is at
    least as far from 0 as the real one; it cannot be less than 2/2^S. Source:
    Fisher, The Design of Experiments, 1935, section 21. Of more than 20
    differences 2^20 ways are drawn.

    Args:
        differences (Sequence[float]): (S,) such as of two methods, one per
            seed that both were trained with.

    Returns:
        float: two-sided p; nan without differences, or where one is nan.

    Examples:
        >>> sign_flip_test([1.3, 0.4, 0.9])  # all of one sign: 2 of 8 ways
        0.25
        >>> sign_flip_test([1.3, -0.4, 0.9])  # also +1.3 + 0.4 + 0.9, and both negated
        0.5
    """
    values = np.asarray(differences, dtype=float)
    if not len(values) or np.isnan(values).any():
        return math.nan
    reached = abs(values.sum()) - 1e-9 * np.abs(values).sum()  # sums in another order are equal
    if len(values) > _EXACT:
        generator = np.random.default_rng(0)
        drawn = [_random_sums(values, generator) for _ in range(2**6)]
        return float((1 + sum((d >= reached).sum() for d in drawn)) / (1 + 2**_EXACT))
    sums = np.zeros(1)
    for value in values:
        sums = np.concatenate((sums + value, sums - value))
    return float((np.abs(sums) >= reached).mean())


def _random_sums(values: np.ndarray, generator: np.random.Generator) -> np.ndarray:
    """Return how far from 0 the sums with 2^14 random choices of signs are."""
    signs = generator.integers(0, 2, (2 ** (_EXACT - 6), len(values))) * 2 - 1
    return np.abs(signs @ values)


def mcnemar_test(first: Sequence[bool], second: Sequence[bool]) -> float:
    """Test whether two classifiers are right equally often, exactly.

    Of the images that only one of the two gets right, each would do so with
    probability 1/2: p = min(1, 2·P(X ≤ min(b, c))) with X binomial of b + c
    draws, b and c the images that only the first and only the second gets
    right. Source: McNemar, Psychometrika 12, 1947.

    Args:
        first (Sequence[bool]): (N,) whether the one is right.
        second (Sequence[bool]): (N,) whether the other is.

    Returns:
        float: two-sided p; 1 where they differ on no image.

    Examples:
        >>> mcnemar_test([True] * 4 + [False], [False] * 5)  # 4 against 0
        0.125
    """
    first, second = np.asarray(first, dtype=bool), np.asarray(second, dtype=bool)
    only_first, only_second = int((first & ~second).sum()), int((second & ~first).sum())
    number, fewer = only_first + only_second, min(only_first, only_second)
    ways, term = 0, 1  # of binomial(number, k), in whole numbers
    for k in range(fewer + 1):
        ways += term
        term = term * (number - k) // (k + 1)
    return min(1.0, 2 * ways / 2**number)


def image_weights(labels: np.ndarray, splits: ClassSplits) -> dict[str, np.ndarray]:
    """Return what a right image adds to each accuracy.

    Args:
        labels (np.ndarray): (N,) true classes.
        splits (ClassSplits): of the C classes.

    Returns:
        dict[str, np.ndarray]: ``top1``, ``balanced``, ``many``, ``medium`` and
        ``few``, and ``unseen`` where there is one → (N,) percentage points:
        the accuracy is their sum over the images that are right. A split
        without test images is nan.
    """
    total = np.bincount(labels, minlength=len(splits.counts))
    tested = total > 0
    groups = dict(balanced=tested, **{s: mask & tested for s, mask in splits.masks.items()})
    weights = dict(top1=np.full(len(labels), 100 / len(labels)))
    for name, mask in groups.items():
        classes = mask.sum() or math.nan
        weights[name] = 100 * (mask / np.maximum(total, 1) / classes)[labels]
    return weights


def stratified_error(values: Sequence[float], strata: Sequence[int] | None = None) -> float:
    """Return the standard error of a sum over images, drawn anew from each stratum.

    The square root of Σ_h n_h/(n_h − 1)·Σ_{i in h} (v_i − mean_h)², the usual
    one of a stratified sample (Cochran, Sampling Techniques, section 5.6); of a
    stratum with one image v², which is at least the variance on the average.
    It is what a bootstrap that draws n_h − 1 images of each stratum converges
    to.

    Args:
        values (Sequence[float]): (N,) such as the differences of two
            classifiers, times ``image_weights``.
        strata (Sequence[int], optional): (N,) such as the true classes, where
            accuracies of classes are averaged. Defaults to None, one for all.

    Returns:
        float: 0 where no stratum has different values.

    Examples:
        >>> round(stratified_error([25.0, 0.0, 0.0, -25.0]), 2)  # 4/3·(25² + 25²), rooted
        40.82
    """
    values = np.asarray(values, dtype=float)
    own = np.zeros(len(values), dtype=int) if strata is None else np.asarray(strata)
    number = np.bincount(own)
    means = np.bincount(own, weights=values) / np.maximum(number, 1)
    squares = np.bincount(own, weights=(values - means[own]) ** 2)
    alone = number == 1
    squares[alone] = means[alone] ** 2
    return float(np.sqrt((squares * number / np.maximum(number - 1, 1)).sum()))
