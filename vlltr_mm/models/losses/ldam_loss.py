"""Label-distribution-aware margins."""

from typing import Optional, Sequence, Union

from mmengine.model import BaseModule
from mmpretrain.models.losses.cross_entropy_loss import soft_cross_entropy
from mmpretrain.registry import MODELS
from torch import Tensor

from .class_balanced_weights import check_beta, class_balanced_weights
from .class_count_buffer import ClassCountBuffer
from .loss_inputs import check_reduction, choose_reduction, float_scores_and_targets


def ldam_margins(counts: Tensor, max_margin: float) -> Tensor:
    """Return each class its margin, max_margin·(n_min / n_c)^(1/4).

    Args:
        counts (Tensor): n_c (C,), floating point, > 0.
        max_margin (float): the margin of the rarest class.

    Returns:
        Tensor: Δ (C,).

    Examples:
        >>> import torch
        >>> ldam_margins(torch.tensor([16., 1.]), max_margin=0.5).tolist()
        [0.25, 0.5]
    """
    return max_margin * (counts.min() / counts) ** 0.25


@MODELS.register_module()
class LDAMLoss(BaseModule):
    """Cross entropy of s·(cos − Δ_y on the true class), wider if it is rare.

    Δ_c = max_margin·(n_min / n_c)^(1/4). The logits are cosines, those of
    ``CosineLinearClsHead``; s is the loss's. With logits that have a scale of
    their own give ``scale=1`` and a margin in their unit. A soft target takes
    its share of each margin. Source: Cao et al., Learning Imbalanced Datasets
    with Label-Distribution-Aware Margin Loss, NeurIPS 2019; there the weighted
    mean divides by the weights of the batch, here by the samples, as in
    MMPretrain.

    ``DeferredReweightingHook`` (the paper's DRW) sets ``reweight`` for the
    last epochs.

    Args:
        class_counts (Sequence[int] | str): n_c: the C training images per
            class, a JSON list of them, or the training list.
        max_margin (float): Δ of the rarest class, in cosine, ≥ 0. Defaults to
            0.5.
        scale (float): s > 0. Defaults to 30.0.
        reweight (bool): weigh the classes by (1 − β) / (1 − β^n_c), with the
            sum C, from the start. Defaults to False.
        beta (float): β in [0, 1) of these weights. Defaults to 0.9999.
        reduction (str): 'none', 'mean' or 'sum'. Defaults to 'mean'.
        loss_weight (float): Defaults to 1.0.

    Raises:
        ValueError: if max_margin, scale, beta or reduction are not as above,
            or a class has no image.

    Examples:
        >>> import math, torch
        >>> loss = LDAMLoss([1, 16], scale=math.log(3) / 0.5)
        >>> cosine = torch.zeros(1, 2)
        >>> round(float(loss(cosine, torch.tensor([0]))), 4)  # log(1 + 3)
        1.3863
    """

    def __init__(
        self,
        class_counts: Union[Sequence[int], str],
        max_margin: float = 0.5,
        scale: float = 30.0,
        reweight: bool = False,
        beta: float = 0.9999,
        reduction: str = 'mean',
        loss_weight: float = 1.0,
    ):
        super().__init__()
        if not max_margin >= 0:
            raise ValueError(f'max_margin is {max_margin}; give a value >= 0, such as 0.5.')
        if not scale > 0:
            raise ValueError(f'scale is {scale}; give a value > 0, such as 30 for cosines.')
        self.counts = ClassCountBuffer(class_counts)
        self.max_margin = max_margin
        self.scale = scale
        self.reweight = reweight
        self.beta = check_beta(beta)
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
            cls_score (Tensor): cosines (N, C).
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
        margins = ldam_margins(counts, self.max_margin)
        return self.loss_weight * soft_cross_entropy(
            self.scale * (scores - target * margins),
            target,
            weight,
            choose_reduction(self.reduction, reduction_override),
            class_weight=class_balanced_weights(counts, self.beta) if self.reweight else None,
            avg_factor=avg_factor,
        )
