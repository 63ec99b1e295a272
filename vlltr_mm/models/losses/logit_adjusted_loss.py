"""Logit adjustment, of which balanced softmax is a case."""

import math
from collections.abc import Sequence

from mmpretrain.models.losses.cross_entropy_loss import soft_cross_entropy
from mmpretrain.registry import MODELS
from torch import Tensor

from .count_based_loss import CountBasedLoss


@MODELS.register_module()
class LogitAdjustedLoss(CountBasedLoss):
    """Cross entropy of z + τ·log π, with the classes' shares π_c = n_c / Σ n.

    The prior is in the training loss only; the plain logits z are then those
    of balanced classes. Source: Menon et al., Long-Tail Learning via Logit
    Adjustment, ICLR 2021. With τ = 1 it is Balanced Softmax, Ren et al.,
    Balanced Meta-Softmax for Long-Tailed Visual Recognition, NeurIPS 2020.

    Args:
        class_counts (Sequence[int] | str): n_c, see ``CountBasedLoss``.
        tau (float): τ. Defaults to 1.0.
        **kwargs: ``reduction`` and ``loss_weight`` of ``CountBasedLoss``.

    Raises:
        ValueError: if tau is not finite; see also ``CountBasedLoss``.

    Examples:
        >>> import torch
        >>> loss = LogitAdjustedLoss(class_counts=[3, 1])
        >>> value = loss(torch.zeros(1, 2), torch.tensor([1]))
        >>> round(float(value), 4)  # log 4
        1.3863
    """

    def __init__(self, class_counts: Sequence[int] | str, tau: float = 1.0, **kwargs):
        super().__init__(class_counts, **kwargs)
        if not math.isfinite(tau):
            raise ValueError(f'tau is {tau}; give a finite number, 1 for balanced softmax.')
        self.tau = tau

    def sample_losses(self, scores: Tensor, target: Tensor, counts: Tensor) -> Tensor:
        """Compute the cross entropy of z + τ·log π and the targets: (N,)."""
        log_prior = counts.log() - counts.sum().log()
        return soft_cross_entropy(scores + self.tau * log_prior, target, reduction='none')
