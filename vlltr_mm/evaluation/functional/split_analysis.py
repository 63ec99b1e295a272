"""What a list of predictions says about head and tail."""

from typing import Sequence, Tuple

import numpy as np

from .class_splits import SPLITS, class_splits


def class_accuracy(predicted: Sequence[int], labels: Sequence[int], num_classes: int) -> np.ndarray:
    """Compute the share of each class's samples that are predicted right.

    Args:
        predicted (Sequence[int]): (N,) predicted classes.
        labels (Sequence[int]): (N,) true classes.
        num_classes (int): C.

    Returns:
        np.ndarray: (C,) percent; nan for a class without samples.

    Raises:
        ValueError: if the lengths differ, or a class is outside 0 .. C-1.

    Examples:
        >>> class_accuracy([0, 1, 1], [0, 0, 1], num_classes=3).tolist()
        [50.0, 100.0, nan]
    """
    predicted, labels = _check(predicted, labels, num_classes)
    total = np.bincount(labels, minlength=num_classes)
    right = np.bincount(labels[predicted == labels], minlength=num_classes)
    return 100 * right / np.where(total > 0, total, np.nan)


def split_confusion(
    predicted: Sequence[int],
    labels: Sequence[int],
    class_counts: Sequence[int],
    thresholds: Sequence[int] = (20, 100),
    rule: str = 'field',
) -> np.ndarray:
    """Compute how samples of each split are spread over predicted splits.

    Row a, column b: of the samples whose true class is in split a, the share
    predicted as a class of split b, the right one or another. Each row sums
    to 100.

    Args:
        predicted (Sequence[int]): (N,) predicted classes.
        labels (Sequence[int]): (N,) true classes.
        class_counts (Sequence[int]): (C,) training images per class.
        thresholds (Sequence[int]): lo and hi, in images. Defaults to
            (20, 100).
        rule (str): 'field' or 'oltr'. Defaults to 'field'.

    Returns:
        np.ndarray: (3, 3) percent, many, medium and few in both directions;
        a row of nan for a split without samples.

    Raises:
        ValueError: if the lengths differ, or a class has no count.

    Examples:
        >>> split_confusion([0, 0, 1, 2], [0, 2, 2, 2], [200, 50, 5]).round()
        array([[100.,   0.,   0.],
               [ nan,  nan,  nan],
               [ 33.,  33.,  33.]])
    """
    predicted, labels = _check(predicted, labels, len(class_counts))
    masks = class_splits(class_counts, thresholds, rule)
    split = np.select([masks[name] for name in SPLITS], range(len(SPLITS)))
    counts = np.zeros((len(SPLITS), len(SPLITS)))
    np.add.at(counts, (split[labels], split[predicted]), 1)
    total = counts.sum(axis=1, keepdims=True)
    return 100 * counts / np.where(total > 0, total, np.nan)


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
        at (Sequence[float]): (G,) the counts n to give a value at.
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


def mean_and_deviation(runs: Sequence) -> Tuple[np.ndarray, np.ndarray]:
    """Compute the mean and the sample deviation over repeated runs.

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


def _check(predicted, labels, num_classes: int):
    """Return both as arrays (N,) of classes in 0 .. C-1."""
    predicted = np.asarray(predicted, dtype=np.int64)
    labels = np.asarray(labels, dtype=np.int64)
    if predicted.shape != labels.shape:
        raise ValueError(
            f'predicted has shape {predicted.shape}, labels {labels.shape}; '
            'give one of both per sample.'
        )
    for name, classes in (('predicted', predicted), ('labels', labels)):
        if classes.size and not 0 <= classes.min() <= classes.max() < num_classes:
            raise ValueError(
                f'{name} lie in {classes.min()} .. {classes.max()}; with '
                f'{num_classes} classes they must lie in 0 .. '
                f'{num_classes - 1}.'
            )
    return predicted, labels
