"""Logit adjustment, of which balanced softmax is a case."""

import math
from typing import Optional, Sequence, Union

from mmengine.model import BaseModule
from mmpretrain.models.losses.cross_entropy_loss import soft_cross_entropy
from mmpretrain.registry import MODELS
from torch import Tensor

from .class_count_buffer import ClassCountBuffer
from .loss_inputs import check_reduction, choose_reduction, float_scores_and_targets


@MODELS.register_module()
class LogitAdjustedLoss(BaseModule):
    """Cross entropy of z + τ·log π, with the classes' shares π_c = n_c / Σ n.

    The prior is in the training loss only; the plain logits z are then those
    of balanced classes. Source: Menon et al., Long-Tail Learning via Logit
    Adjustment, ICLR 2021. With τ = 1 it is Balanced Softmax, Ren et al.,
    Balanced Meta-Softmax for Long-Tailed Visual Recognition, NeurIPS 2020.

    Args:
        class_counts (Sequence[int] | str): n_c: the C training images per
            class, a JSON list of them, or the training list.
        tau (float): τ. Defaults to 1.0.
        reduction (str): 'none', 'mean' or 'sum'. Defaults to 'mean'.
        loss_weight (float): Defaults to 1.0.

    Raises:
        ValueError: if tau is not finite, reduction is not as above, or a
            class has no image.

    Examples:
        >>> import torch
        >>> loss = LogitAdjustedLoss(class_counts=[3, 1])
        >>> value = loss(torch.zeros(1, 2), torch.tensor([1]))
        >>> round(float(value), 4)  # log 4
        1.3863
    """

    def __init__(
        self,
        class_counts: Union[Sequence[int], str],
        tau: float = 1.0,
        reduction: str = 'mean',
        loss_weight: float = 1.0,
    ):
        super().__init__()
        if not math.isfinite(tau):
            raise ValueError(f'tau is {tau}; give a finite number, 1 for balanced softmax.')
        self.counts = ClassCountBuffer(class_counts)
        self.tau = tau
        self.reduction = check_reduction(reduction)
        self.loss_weight = loss_weight

    def forward(
        self,
        cls_score: Tensor,
        target: Tensor,
        weight: Optional[Tensor] = None,
        avg_factor: Optional[float] = None,
        reduction_override: Optional[str] = None,
    ) -> Tensor:
        """Compute the loss of a batch.

        Args:
            cls_score (Tensor): z (N, C).
            target (Tensor): (N,) int64, or soft (N, C).
            weight (Tensor, optional): (N,), of the samples.
            avg_factor (float, optional): what the mean divides by. Defaults
                to None, N.
            reduction_override (str, optional): instead of ``reduction``.

        Returns:
            Tensor: scalar; (N,) for the reduction 'none'.

        Raises:
            ValueError: if logits, target and counts do not fit together.
        """
        scores, target = float_scores_and_targets(cls_score, target)
        counts = self.counts(scores)
        log_prior = counts.log() - counts.sum().log()
        return self.loss_weight * soft_cross_entropy(
            scores + self.tau * log_prior,
            target,
            weight,
            choose_reduction(self.reduction, reduction_override),
            avg_factor=avg_factor,
        )
