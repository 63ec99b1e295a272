"""Accuracy of a τ-normalised linear classifier against τ."""

from collections.abc import Sequence

import torch
from torch import Tensor

from ...utils.validation import check_list, check_number
from .class_splits import ClassSplits


def check_taus(taus: Sequence[float]):
    """Check the τ of a sweep.

    Args:
        taus (Sequence[float]): the τ to try.

    Raises:
        ValueError: if there is none, or one is not in 0 .. 100.
    """
    numbers = [check_number(tau, 'taus', high=100) for tau in check_list(taus, 'taus')]
    if not numbers or min(numbers) < 0:
        raise ValueError(f'taus is {tuple(numbers)}; give at least one, and none below 0.')


@torch.no_grad()
def sweep_tau(
    feats: Tensor,
    labels: Tensor,
    weight: Tensor,
    taus: Sequence[float],
    splits: ClassSplits,
    block_size: int = 4096,
) -> list[dict[str, float]]:
    """Classify with w_c/|w_c|^τ for every τ, without a bias.

    The products w_c·x are computed once for all τ. Source: Kang et al. (ICLR
    2020, arXiv 1910.09217), section 4.

    Args:
        feats (Tensor): (N, D), not normalised.
        labels (Tensor): (N,) int64.
        weight (Tensor): (C, D), of the linear classifier.
        taus (Sequence[float]): the τ to try, 0 or more.
        splits (ClassSplits): of the C classes.
        block_size (int): features classified at a time. Defaults to 4096.

    Returns:
        list[dict]: ``tau``, and ``top1``, ``many``, ``medium`` and ``few`` in
        percent, in the order of ``taus``.

    Raises:
        ValueError: if ``taus`` is empty or has a negative value.
    """
    check_taus(taus)
    norms = weight.norm(dim=1).clamp(min=1e-12)
    predicted = [[] for _ in taus]
    for block in feats.split(block_size):
        logits = block @ weight.T  # (block, C)
        for own, tau in zip(predicted, taus):
            own.append((logits / norms**tau).argmax(dim=1))
    return [
        dict(tau=float(tau), **splits.accuracy(torch.cat(own), labels))
        for own, tau in zip(predicted, taus)
    ]


def best_tau(rows: Sequence[dict[str, float]]) -> float:
    """Return the τ of the best ``top1``, of tied ones the smallest.

    Args:
        rows (Sequence[dict]): what ``sweep_tau`` returned.

    Examples:
        >>> best_tau([dict(tau=1., top1=50.), dict(tau=0.5, top1=50.)])
        0.5
    """
    return min(rows, key=lambda row: (-row['top1'], row['tau']))['tau']
