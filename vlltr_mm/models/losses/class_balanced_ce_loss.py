"""Softmax cross entropy with class-balanced weights."""

from typing import Optional, Sequence, Union

from mmengine.model import BaseModule
from mmpretrain.models.losses.cross_entropy_loss import soft_cross_entropy
from mmpretrain.registry import MODELS
from torch import Tensor

from .class_balanced_weights import check_beta, class_balanced_weights
from .class_count_buffer import ClassCountBuffer
from .loss_inputs import check_reduction, choose_reduction, float_scores_and_targets


@MODELS.register_module()
class ClassBalancedCELoss(BaseModule):
    """Cross entropy that counts rare classes more: −w_y·log softmax(z)_y.

    w_c ∝ (1 − β) / (1 − β^n_c) with the sum C; a soft target is the mix of
    its classes' losses. The mean is over the samples, not over their
    weights. Source: Cui et al., Class-Balanced Loss Based on Effective
    Number of Samples, CVPR 2019.

    ``reweight`` may be set to False: plain cross entropy.
    ``DeferredReweightingHook`` does so for the first epochs.

    Args:
        class_counts (Sequence[int] | str): n_c: the C training images per
            class, a JSON list of them, or the training list.
        beta (float): β in [0, 1). Defaults to 0.9999.
        reduction (str): 'none', 'mean' or 'sum'. Defaults to 'mean'.
        loss_weight (float): Defaults to 1.0.

    Raises:
        ValueError: if beta or reduction are not as above, or a class has no
            image.

    Examples:
        >>> import torch
        >>> loss = ClassBalancedCELoss(class_counts=[1, 2], beta=0.5)
        >>> scores = torch.zeros(1, 2)
        >>> value = loss(scores, torch.tensor([1]))
        >>> round(float(value), 4)  # 0.8·log 2
        0.5545
    """

    def __init__(
        self,
        class_counts: Union[Sequence[int], str],
        beta: float = 0.9999,
        reduction: str = 'mean',
        loss_weight: float = 1.0,
    ):
        super().__init__()
        self.counts = ClassCountBuffer(class_counts)
        self.beta = check_beta(beta)
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
        return self.loss_weight * soft_cross_entropy(
            scores,
            target,
            weight,
            choose_reduction(self.reduction, reduction_override),
            class_weight=class_balanced_weights(counts, self.beta) if self.reweight else None,
            avg_factor=avg_factor,
        )
