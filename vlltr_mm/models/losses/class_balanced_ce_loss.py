"""Softmax cross entropy with class-balanced weights."""

from collections.abc import Sequence

from mmpretrain.models.losses.cross_entropy_loss import soft_cross_entropy
from mmpretrain.registry import MODELS
from torch import Tensor

from .count_based_loss import CountBasedLoss, check_beta


@MODELS.register_module()
class ClassBalancedCELoss(CountBasedLoss):
    """Cross entropy that counts rare classes more: −w_y·log softmax(z)_y.

    w_c ∝ (1 − β) / (1 − β^n_c) with the sum C; a soft target is the mix of
    its classes' losses. Source: Cui et al., Class-Balanced Loss Based on
    Effective Number of Samples, CVPR 2019.

    With ``reweight`` set to False it is plain cross entropy.

    Args:
        class_counts (Sequence[int] | str): n_c, see ``CountBasedLoss``.
        beta (float): β in [0, 1). Defaults to 0.9999.
        **kwargs: ``reduction`` and ``loss_weight`` of ``CountBasedLoss``.

    Raises:
        ValueError: if beta is not in [0, 1); see also ``CountBasedLoss``.

    Examples:
        >>> import torch
        >>> loss = ClassBalancedCELoss(class_counts=[1, 2], beta=0.5)
        >>> scores = torch.zeros(1, 2)
        >>> value = loss(scores, torch.tensor([1]))
        >>> round(float(value), 4)  # 0.8·log 2
        0.5545
    """

    def __init__(self, class_counts: Sequence[int] | str, beta: float = 0.9999, **kwargs):
        super().__init__(class_counts, **kwargs)
        self.beta = check_beta(beta)
        self.reweight = True

    def sample_losses(self, scores: Tensor, target: Tensor, counts: Tensor) -> Tensor:
        """Compute Σ_c t_c·w_c·(−log softmax(z)_c) of targets t: (N,)."""
        weights = self.class_weights(counts)
        return soft_cross_entropy(scores, target, reduction='none', class_weight=weights)
