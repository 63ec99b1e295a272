"""Scores, targets and reductions in the form in which the losses use them."""

from typing import Optional, Tuple

import torch
import torch.nn.functional as F
from torch import Tensor

_REDUCTIONS = ('none', 'mean', 'sum')


def float_scores_and_targets(cls_score: Tensor, target: Tensor) -> Tuple[Tensor, Tensor]:
    """Convert logits to float32 at least, and targets to shares of classes.

    Args:
        cls_score (Tensor): (N, C).
        target (Tensor): class indices (N,) int64, or the shares of the
            classes (N, C) that Mixup and CutMix give.

    Returns:
        tuple[Tensor, Tensor]: logits and targets, (N, C) each.

    Raises:
        ValueError: if the target is neither.

    Examples:
        >>> scores = torch.zeros(2, 3)
        >>> float_scores_and_targets(scores, torch.tensor([2, 0]))[1].tolist()
        [[0.0, 0.0, 1.0], [1.0, 0.0, 0.0]]
    """
    scores = cls_score.to(torch.promote_types(cls_score.dtype, torch.float32))
    if target.shape == scores.shape:
        return scores, target.to(scores.dtype)
    if target.shape != scores.shape[:1] or target.is_floating_point():
        raise ValueError(
            f'target has shape {tuple(target.shape)} and dtype '
            f'{target.dtype}; for logits of shape {tuple(scores.shape)} give '
            f'class indices ({len(scores)},) or soft targets '
            f'{tuple(scores.shape)}.'
        )
    return scores, F.one_hot(target.long(), scores.shape[1]).to(scores.dtype)


def check_reduction(reduction: str) -> str:
    """Return the reduction back if it is one.

    Raises:
        ValueError: if it is not 'none', 'mean' or 'sum'.
    """
    if reduction not in _REDUCTIONS:
        raise ValueError(f"reduction is '{reduction}'; allowed are {', '.join(_REDUCTIONS)}.")
    return reduction


def choose_reduction(own: str, override: Optional[str]) -> str:
    """Return the reduction of one call.

    Args:
        own (str): the loss's.
        override (str, optional): the call's; None leaves the loss's.

    Raises:
        ValueError: if the override is not 'none', 'mean' or 'sum'.
    """
    return own if override is None else check_reduction(override)
