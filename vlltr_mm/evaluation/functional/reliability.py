"""Whether a classifier is right as often as it says it is."""

from collections.abc import Sequence

import numpy as np

from ...utils.validation import check_int
from .class_splits import to_numpy

BINS = 15


def expected_calibration_error(
    confidence: Sequence[float], right: Sequence[bool], bins: int = BINS, equal_mass: bool = False
) -> float:
    """Compute the expected calibration error of the predicted classes.

    ECE = Σ_b n_b/N·|right_b − confidence_b|, the means of the samples in bin
    b. Bin b of B has the samples with (b − 1)/B < confidence ≤ b/B. Source:
    Guo et al., On Calibration of Modern Neural Networks, ICML 2017. With
    ``equal_mass`` the bins have as many samples each instead, the first ones
    one more where N is no multiple of B. Source: Nguyen and O'Connor, Posterior
    calibration and exploratory analysis for natural language processing models,
    EMNLP 2015. Samples of the same confidence then share their mean of
    ``right``, so that the order of the samples does not matter.

    Args:
        confidence (Sequence[float] | Tensor): (N,) probability of the
            predicted class.
        right (Sequence[bool] | Tensor): (N,) whether that is the true one.
        bins (int): B. Defaults to 15.
        equal_mass (bool): whether all bins have as many samples. Defaults to
            False, they are equally wide.

    Returns:
        float: percent.

    Raises:
        ValueError: if there is no sample, the lengths differ, a confidence is
            not in 0 .. 1 or there is no bin.

    Examples:
        >>> round(expected_calibration_error([0.9, 0.9, 0.6], [True, False, True]), 1)
        40.0
    """
    confidence = to_numpy(confidence).astype(float)
    right = to_numpy(right).astype(float)
    check_int(bins, 'bins', 1)
    if confidence.shape != right.shape or confidence.ndim != 1 or not len(right):
        raise ValueError(
            f'confidence has shape {confidence.shape} and right {right.shape}; give one of both '
            'per sample, and at least one sample.'
        )
    if not (confidence.min() >= 0 and confidence.max() <= 1):
        raise ValueError(
            f'confidence lies in {confidence.min()} .. {confidence.max()}; give the probability '
            'of the predicted class, in 0 .. 1.'
        )
    if equal_mass:
        confidence, right = _share_ties(confidence, right)
        own = np.repeat(np.arange(bins), _even_sizes(len(right), bins))  # (N,) bin of each
    else:
        own = np.searchsorted(np.arange(1, bins) / bins, confidence, side='left')
    gaps = np.bincount(own, weights=right - confidence)  # n_b·(right_b − confidence_b)
    return 100 * float(np.abs(gaps).sum() / len(right))


def _share_ties(confidence: np.ndarray, right: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Sort by confidence; samples of equal confidence get their mean of ``right``."""
    values, own, counts = np.unique(confidence, return_inverse=True, return_counts=True)
    means = np.bincount(own, weights=right) / counts
    return np.repeat(values, counts), np.repeat(means, counts)


def _even_sizes(number: int, bins: int) -> np.ndarray:
    """Split a number into ``bins`` whole ones that differ by at most 1, (B,)."""
    return number // bins + (np.arange(bins) < number % bins)
