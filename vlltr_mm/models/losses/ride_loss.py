"""The loss of RIDE: each expert with LDAM, and all of them apart."""

import math
from collections.abc import Sequence

from mmpretrain.models.losses.cross_entropy_loss import soft_cross_entropy
from mmpretrain.registry import MODELS
from torch import Tensor

from ...utils.validation import check_number, check_text
from .count_based_loss import check_beta
from .ldam_loss import ldam_margins
from .multi_expert_loss import MultiExpertLoss

_DIVERSITY = ('pairs', 'mean')
_MEANS = ('samples', 'weights')


def diversity_temperatures(counts: Tensor, factor: float) -> Tensor:
    """Return the temperature of each class, higher for a larger class; the highest is 1.

    Args:
        counts (Tensor): n_c (C,), floating point, > 0.
        factor (float): r in [0, 1).

    Returns:
        Tensor: (C,), (C·π_c·r + 1 − r) over the largest of these.

    Examples:
        >>> import torch
        >>> diversity_temperatures(torch.tensor([3., 1.]), factor=0.5).tolist()
        [1.0, 0.6000000238418579]
    """
    shares = len(counts) * counts / counts.sum()
    raw = shares * factor + 1 - factor
    return raw / raw.max()


@MODELS.register_module()
class RIDELoss(MultiExpertLoss):
    """Σ_e LDAM(z_e) − λ·T̄²·(how far the experts are apart), of the logits of k experts.

    LDAM is the cross entropy of z_e − s·Δ_y on the true class, Δ_c =
    max_margin·(n_min/n_c)^(1/4); the logits have the scale s already, the loss
    gives it to the margin alone. With p_e = softmax(z_e / T), the experts are
    apart by

    - ``diversity='pairs'``, the paper: Σ_e 1/(k−1)·Σ_{j≠e} KL(p_e ‖ p_j);
    - ``diversity='mean'``, the authors' code: Σ_e KL(p̄ ‖ p_e), p̄ =
      softmax(z̄ / T) of the mean logits z̄ of the experts, without gradient.

    Source: Wang et al., Long-tailed Recognition by Routing Diverse
    Distribution-Aware Experts, ICLR 2021, arXiv 2010.01809.

    Until ``DeferredReweightingHook`` sets ``reweight`` T is 1 and classes
    weigh alike. From then on LDAM has the class weights (1 − β)/(1 − β^n_c) of
    sum C, and T is a temperature for each class,
    ``diversity_temperatures``; T̄ is their mean.

    Args:
        class_counts (Sequence[int] | str): n_c, see ``CountBasedLoss``.
        max_margin (float): Δ of the rarest class, in cosine, ≥ 0. Defaults to
            0.5.
        scale (float): s > 0, that of the head. Defaults to 30.0.
        diversity_weight (float): λ ≥ 0; the paper has 0.2 on ImageNet-LT and
            iNaturalist 2018, 0.45 on CIFAR. Defaults to 0.2.
        diversity (str): 'pairs' or 'mean', as above. Defaults to 'pairs'.
        temperature_factor (float): r in [0, 1); the authors have 0.02 on
            ImageNet-LT, 0.015 on iNaturalist 2018. Defaults to 0.05.
        reweight (bool): begin with weights and temperatures. Defaults to
            False.
        beta (float): β in [0, 1) of the weights. Defaults to 0.9999.
        mean_over (str): the weighted mean of LDAM divides by the 'samples', as
            all losses here; or by the 'weights' of the batch, as in the
            authors' code. Defaults to 'samples'.
        **kwargs: ``reduction`` and ``loss_weight`` of ``CountBasedLoss``.

    Raises:
        ValueError: if an argument is out of range; see also
            ``CountBasedLoss``.

    Examples:
        >>> import torch
        >>> loss = RIDELoss([1, 16], scale=math.log(3) / 0.5)
        >>> alike = torch.zeros(1, 2, 2)  # two experts, LDAM is log(1 + 3) for each
        >>> round(float(loss(alike, torch.tensor([0]))), 4)
        2.7726
    """

    def __init__(
        self,
        class_counts: Sequence[int] | str,
        max_margin: float = 0.5,
        scale: float = 30.0,
        diversity_weight: float = 0.2,
        diversity: str = 'pairs',
        temperature_factor: float = 0.05,
        reweight: bool = False,
        beta: float = 0.9999,
        mean_over: str = 'samples',
        **kwargs,
    ):
        super().__init__(class_counts, **kwargs)
        self.max_margin = check_number(max_margin, 'max_margin', 0)
        self.scale = check_number(scale, 'scale', math.ulp(0))
        self.diversity_weight = check_number(diversity_weight, 'diversity_weight', 0)
        self.diversity = check_text(diversity, 'diversity', _DIVERSITY)
        self.temperature_factor = check_number(
            temperature_factor, 'temperature_factor', 0, math.nextafter(1, 0)
        )
        self.reweight = reweight
        self.beta = check_beta(beta)
        self.mean_over = check_text(mean_over, 'mean_over', _MEANS)

    def sample_losses(self, scores: Tensor, target: Tensor, counts: Tensor) -> Tensor:
        """Compute the loss (N,) of the logits z (N, k, C) and the targets (N, C)."""
        ldam = self._ldam(scores, target, counts)
        if not self.diversity_weight or scores.shape[1] == 1:
            return ldam
        temperatures = counts.new_ones(1)
        if self.reweight:
            temperatures = diversity_temperatures(counts, self.temperature_factor)
        apart = _apart_in_pairs if self.diversity == 'pairs' else _apart_from_mean
        factor = self.diversity_weight * temperatures.mean() ** 2
        return ldam - factor * apart(scores, temperatures)

    def _ldam(self, scores: Tensor, target: Tensor, counts: Tensor) -> Tensor:
        """Return the sum (N,) of the LDAM of the experts."""
        shift = target * (self.scale * ldam_margins(counts, self.max_margin))  # (N, C)
        weights = self.class_weights(counts)
        if weights is not None and self.mean_over == 'weights':
            weights = weights / (target @ weights).mean()
        return sum(
            soft_cross_entropy(own - shift, target, reduction='none', class_weight=weights)
            for own in scores.unbind(dim=1)
        )


def _apart_in_pairs(scores: Tensor, temperatures: Tensor) -> Tensor:
    """Return Σ_e 1/(k−1)·Σ_{j≠e} KL(p_e ‖ p_j), (N,)."""
    log_p = (scores / temperatures).log_softmax(dim=2)  # (N, k, C)
    p = log_p.exp()
    # Σ_j over all j, since KL(p_e ‖ p_e) = 0: k·Σ p_e·log p_e − Σ p_e·Σ_j log p_j.
    k = scores.shape[1]
    total = k * (p * log_p).sum(dim=(1, 2)) - (p.sum(dim=1) * log_p.sum(dim=1)).sum(dim=1)
    return total / (k - 1)


def _apart_from_mean(scores: Tensor, temperatures: Tensor) -> Tensor:
    """Return Σ_e KL(p̄ ‖ p_e), (N,); p̄ has no gradient."""
    mean = (scores.detach().mean(dim=1) / temperatures).log_softmax(dim=1)  # (N, C)
    log_p = (scores / temperatures).log_softmax(dim=2)
    return (mean.exp()[:, None] * (mean[:, None] - log_p)).sum(dim=(1, 2))
