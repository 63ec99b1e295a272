"""Sigmoid focal loss with class-balanced weights."""

import math
from collections.abc import Sequence

import torch.nn.functional as F
from mmpretrain.registry import MODELS
from torch import Tensor

from .count_based_loss import CountBasedLoss, check_beta


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
class ClassBalancedFocalLoss(CountBasedLoss):
    """Focal loss of C yes-or-no questions, rare classes counting more.

    −w_y·Σ_i (1 − p_i)^γ·log p_i with p_i = sigmoid(z_i) for i = y and
    sigmoid(−z_i) for the others; w_c ∝ (1 − β) / (1 − β^n_c) with the sum C.
    A soft target is the mix of its classes' losses. Source: Cui et al.,
    Class-Balanced Loss Based on Effective Number of Samples, CVPR 2019.

    C sigmoids start at 1/2 each and sum to a large loss; the paper starts the
    last layer's bias at −log(C − 1), ``init_cfg=dict(type='Normal',
    layer='Linear', std=0.01, bias=…)`` of the head.

    With ``reweight`` set to False it is plain focal loss.

    Args:
        class_counts (Sequence[int] | str): n_c, see ``CountBasedLoss``.
        beta (float): β in [0, 1). Defaults to 0.9999.
        gamma (float): γ ≥ 0; the paper tries 0.5, 1 and 2. Defaults to 1.0.
        **kwargs: ``reduction`` and ``loss_weight`` of ``CountBasedLoss``.

    Raises:
        ValueError: if beta or gamma are not as above; see also
            ``CountBasedLoss``.

    Examples:
        >>> import torch
        >>> loss = ClassBalancedFocalLoss([1, 2], beta=0.5, gamma=1.)
        >>> value = loss(torch.zeros(1, 2), torch.tensor([1]))
        >>> round(float(value), 4)  # 0.8·2·(1/2)·log 2
        0.5545
    """

    def __init__(
        self, class_counts: Sequence[int] | str, beta: float = 0.9999, gamma: float = 1.0, **kwargs
    ):
        super().__init__(class_counts, **kwargs)
        if not 0 <= gamma < math.inf:
            raise ValueError(
                f'gamma is {gamma}; give a finite value >= 0 (0: no focus), such as 0.5, 1 or 2.'
            )
        self.beta = check_beta(beta)
        self.gamma = gamma
        self.reweight = True

    def sample_losses(self, scores: Tensor, target: Tensor, counts: Tensor) -> Tensor:
        """Compute Σ_c t_c·w_c·(loss if the class were c) of targets t: (N,)."""
        weights = self.class_weights(counts)
        as_true = focal_terms(scores, self.gamma)
        as_other = focal_terms(-scores, self.gamma)
        # (N, C): the loss of sample n if its class were c.
        by_class = as_true - as_other + as_other.sum(dim=1, keepdim=True)
        return ((target if weights is None else target * weights) * by_class).sum(dim=1)
