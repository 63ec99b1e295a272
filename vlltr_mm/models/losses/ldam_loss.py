"""Label-distribution-aware margins."""

import math
from collections.abc import Sequence

from mmpretrain.models.losses.cross_entropy_loss import soft_cross_entropy
from mmpretrain.registry import MODELS
from torch import Tensor

from .count_based_loss import CountBasedLoss, check_beta


def ldam_margins(counts: Tensor, max_margin: float) -> Tensor:
    """Return the margin of each class, max_margin·(n_min / n_c)^(1/4).

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
class LDAMLoss(CountBasedLoss):
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
        class_counts (Sequence[int] | str): n_c, see ``CountBasedLoss``.
        max_margin (float): Δ of the rarest class, in cosine, ≥ 0. Defaults to
            0.5.
        scale (float): s > 0. Defaults to 30.0.
        reweight (bool): weigh the classes by (1 − β) / (1 − β^n_c), with the
            sum C, from the start. Defaults to False.
        beta (float): β in [0, 1) of these weights. Defaults to 0.9999.
        **kwargs: ``reduction`` and ``loss_weight`` of ``CountBasedLoss``.

    Raises:
        ValueError: if max_margin, scale or beta are not as above; see also
            ``CountBasedLoss``.

    Examples:
        >>> import math, torch
        >>> loss = LDAMLoss([1, 16], scale=math.log(3) / 0.5)
        >>> cosine = torch.zeros(1, 2)
        >>> round(float(loss(cosine, torch.tensor([0]))), 4)  # log(1 + 3)
        1.3863
    """

    def __init__(
        self,
        class_counts: Sequence[int] | str,
        max_margin: float = 0.5,
        scale: float = 30.0,
        reweight: bool = False,
        beta: float = 0.9999,
        **kwargs,
    ):
        super().__init__(class_counts, **kwargs)
        if not 0 <= max_margin < math.inf:
            raise ValueError(f'max_margin is {max_margin}; give a finite value >= 0, such as 0.5.')
        if not 0 < scale < math.inf:
            raise ValueError(f'scale is {scale}; give a finite value > 0, such as 30 for cosines.')
        self.max_margin = max_margin
        self.scale = scale
        self.reweight = reweight
        self.beta = check_beta(beta)

    def sample_losses(self, scores: Tensor, target: Tensor, counts: Tensor) -> Tensor:
        """Compute the cross entropy of s·(cos − t·Δ) and the targets t: (N,)."""
        margins = ldam_margins(counts, self.max_margin)
        return soft_cross_entropy(
            self.scale * (scores - target * margins),
            target,
            reduction='none',
            class_weight=self.class_weights(counts),
        )
