"""Weights of classes by their effective number of images."""

import math

import torch
from torch import Tensor


def check_beta(beta: float) -> float:
    """Return beta back if it is in [0, 1).

    Raises:
        ValueError: if it is not.
    """
    if not 0 <= beta < 1:
        raise ValueError(
            f'beta is {beta}; give a value from 0 (all classes alike) to '
            'below 1 (towards one over the count), such as 0.9999.'
        )
    return beta


def class_balanced_weights(counts: Tensor, beta: float) -> Tensor:
    """Weight each class by one over its effective number of images.

    w_c ∝ (1 − β) / (1 − β^n_c), scaled to the sum C. Source: Cui et al.,
    Class-Balanced Loss Based on Effective Number of Samples, CVPR 2019.

    Args:
        counts (Tensor): n_c (C,), floating point, > 0.
        beta (float): in [0, 1).

    Returns:
        Tensor: (C,), of the dtype of ``counts``.

    Examples:
        >>> weights = class_balanced_weights(torch.tensor([1., 2.]), beta=0.5)
        >>> [round(w, 4) for w in weights.tolist()]
        [1.2, 0.8]
    """
    log_beta = math.log(beta) if beta else -math.inf
    # 1 − β^n; expm1 keeps its digits where β^n is near 1.
    effective = -torch.expm1(counts * log_beta)
    weights = 1 / effective
    return weights * (len(counts) / weights.sum())
