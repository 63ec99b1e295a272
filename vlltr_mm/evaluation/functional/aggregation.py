"""Means over repeated runs, and over classes of similar training counts."""

from collections.abc import Sequence

import numpy as np


def smooth_over_counts(
    values: Sequence[float],
    class_counts: Sequence[int],
    at: Sequence[float],
    bandwidth: float = 0.15,
) -> np.ndarray:
    """Smooth a value per class over the logarithm of the training count.

    The Nadaraya-Watson mean with a Gaussian kernel,
    ``v(n) = sum_c k_c(n) v_c / sum_c k_c(n)`` with
    ``k_c(n) = exp(-(log10 n - log10 n_c)**2 / (2 h**2))``. The sums run over
    the classes that have training images and a value that is not nan.

    Args:
        values (Sequence[float]): (C,) such as accuracies in percent.
        class_counts (Sequence[int]): (C,) training images n_c.
        at (Sequence[float]): (G,) the counts n to evaluate at.
        bandwidth (float): h, in powers of ten. Defaults to 0.15.

    Returns:
        np.ndarray: (G,); nan where no class has both.

    Raises:
        ValueError: if the bandwidth or a count in ``at`` is not above 0, or
            the lengths differ.
    """
    values = np.asarray(values, dtype=float)
    counts, at = np.asarray(class_counts), np.asarray(at, dtype=float)
    if bandwidth <= 0:
        raise ValueError(
            f'bandwidth is {bandwidth}; it is in powers of ten and must be above 0, such as 0.15.'
        )
    if at.size and at.min() <= 0:
        raise ValueError(
            f'at has the count {at.min()}; counts must be above 0, their logarithm is taken.'
        )
    if values.shape != counts.shape:
        raise ValueError(
            f'values has shape {values.shape}, class_counts {counts.shape}; '
            'give one of both per class.'
        )
    used = (counts > 0) & ~np.isnan(values)
    if not used.any():
        return np.full(at.shape, np.nan)
    distance = np.log10(at)[:, None] - np.log10(counts[used])  # (G, C)
    exponent = -(distance**2) / (2 * bandwidth**2)
    # The largest weight becomes 1, so that far from all classes the sum is
    # not 0; the ratio stays.
    weights = np.exp(exponent - exponent.max(axis=1, keepdims=True))
    return weights @ values[used] / weights.sum(axis=1)


def mean_and_deviation(runs: Sequence) -> tuple[np.ndarray, np.ndarray]:
    """Compute the mean and the sample standard deviation over repeated runs.

    Args:
        runs (Sequence): R runs of arrays of one shape.

    Returns:
        tuple[np.ndarray, np.ndarray]: the mean, and the square root of the
        squared distances' sum over R - 1, nan for a single run.

    Examples:
        >>> mean, deviation = mean_and_deviation([[1., 5.], [3., 5.]])
        >>> mean.tolist(), deviation.round(3).tolist()
        ([2.0, 5.0], [1.414, 0.0])
    """
    runs = np.asarray(runs, dtype=float)
    if len(runs) == 1:
        return runs[0], np.full_like(runs[0], np.nan)
    return runs.mean(axis=0), runs.std(axis=0, ddof=1)
