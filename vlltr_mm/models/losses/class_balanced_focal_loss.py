"""Sigmoid focal loss with class-balanced weights."""

from typing import Optional, Sequence, Union

import torch.nn.functional as F
from mmengine.model import BaseModule
from mmpretrain.models.losses import weight_reduce_loss
from mmpretrain.registry import MODELS
from torch import Tensor

from .class_balanced_weights import check_beta, class_balanced_weights
from .class_count_buffer import ClassCountBuffer
from .loss_inputs import check_reduction, choose_reduction, float_scores_and_targets


def focal_terms(scores: Tensor, gamma: float) -> Tensor:
    """Compute −(1 − p)^γ·log p with p = sigmoid(score), elementwise.

    In log space, unlike MMPretrain's ``sigmoid_focal_loss``, whose gradient
    is nan for γ < 1 once a sigmoid has saturated.

    Args:
        scores (Tensor): any shape.
        gamma (float): γ ≥ 0.

    Returns:
        Tensor: of the same shape.
    """
    modulator = (gamma * F.logsigmoid(-scores)).exp()
    return -modulator * F.logsigmoid(scores)


@MODELS.register_module()
class ClassBalancedFocalLoss(BaseModule):
    """Focal loss of C yes-or-no questions, rare classes counting more.

    −w_y·Σ_i (1 − p_i)^γ·log p_i with p_i = sigmoid(z_i) for i = y and
    sigmoid(−z_i) for the others; w_c ∝ (1 − β) / (1 − β^n_c) with the sum C.
    A soft target is the mix of its classes' losses. The sum is over the
    classes, the mean over the samples. Source: Cui et al., Class-Balanced
    Loss Based on Effective Number of Samples, CVPR 2019.

    C sigmoids start at 1/2 each and sum to a large loss; the paper starts the
    last layer's bias at −log(C − 1), ``init_cfg=dict(type='Normal',
    layer='Linear', std=0.01, bias=…)`` of the head.

    ``reweight`` may be set to False: plain focal loss.
    ``DeferredReweightingHook`` does so for the first epochs.

    Args:
        class_counts (Sequence[int] | str): n_c: the C training images per
            class, a JSON list of them, or the training list.
        beta (float): β in [0, 1). Defaults to 0.9999.
        gamma (float): γ ≥ 0; the paper tries 0.5, 1 and 2. Defaults to 1.0.
        reduction (str): 'none', 'mean' or 'sum'. Defaults to 'mean'.
        loss_weight (float): Defaults to 1.0.

    Raises:
        ValueError: if beta, gamma or reduction are not as above, or a class
            has no image.

    Examples:
        >>> import torch
        >>> loss = ClassBalancedFocalLoss([1, 2], beta=0.5, gamma=1.)
        >>> value = loss(torch.zeros(1, 2), torch.tensor([1]))
        >>> round(float(value), 4)  # 0.8·2·(1/2)·log 2
        0.5545
    """

    def __init__(
        self,
        class_counts: Union[Sequence[int], str],
        beta: float = 0.9999,
        gamma: float = 1.0,
        reduction: str = 'mean',
        loss_weight: float = 1.0,
    ):
        super().__init__()
        if not gamma >= 0:
            raise ValueError(
                f'gamma is {gamma}; give a value >= 0 (0: no focus), such as 0.5, 1 or 2.'
            )
        self.counts = ClassCountBuffer(class_counts)
        self.beta = check_beta(beta)
        self.gamma = gamma
        self.reduction = check_reduction(reduction)
        self.loss_weight = loss_weight
        self.reweight = True

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
        if self.reweight:
            target = target * class_balanced_weights(counts, self.beta)
        as_true = focal_terms(scores, self.gamma)
        as_other = focal_terms(-scores, self.gamma)
        # (N, C): the loss of sample n if its class were c.
        by_class = as_true - as_other + as_other.sum(dim=1, keepdim=True)
        return self.loss_weight * weight_reduce_loss(
            (target * by_class).sum(dim=1),
            weight,
            choose_reduction(self.reduction, reduction_override),
            avg_factor,
        )
