"""The loss of SADE: three experts for three distributions of the classes."""

from collections.abc import Sequence

from mmpretrain.models.losses.cross_entropy_loss import soft_cross_entropy
from mmpretrain.registry import MODELS
from torch import Tensor

from ...utils.validation import check_number
from .multi_expert_loss import MultiExpertLoss


def reversed_counts(counts: Tensor) -> Tensor:
    """Return the counts with their ranks reversed: the rarest class gets the largest.

    Args:
        counts (Tensor): n_c (C,).

    Returns:
        Tensor: (C,); the class of rank r, the largest first, has the count of
        that of rank C − 1 − r. Among equal counts the first class counts as
        the rarer.

    Examples:
        >>> import torch
        >>> reversed_counts(torch.tensor([9, 1, 4])).tolist()
        [1, 9, 4]
    """
    values, order = counts.sort(stable=True)
    reverse = counts.new_empty(len(counts))
    reverse[order] = values.flip(0)
    return reverse


@MODELS.register_module()
class DiverseExpertLoss(MultiExpertLoss):
    """CE(z₁) + CE(z₂ + log π) + CE(z₃ + log π − τ·log π̄) of the logits of three experts.

    π is the share of each class in training, π̄ the same with the ranks of the
    classes reversed. The first expert learns the distribution of the training
    data, the second, by balanced softmax, balanced classes, the third more of
    the tail than of the head. Their mean is the prediction;
    ``TestTimeAggregationHook`` weighs them for test data of another
    distribution. Source: Zhang et al., Self-Supervised Aggregation of Diverse
    Experts for Test-Agnostic Long-Tailed Recognition, NeurIPS 2022, arXiv
    2107.09249 (first called TADE).

    π is that of ``class_counts``: draw instance-balanced
    (``DefaultSampler``). The authors' code adds 1e-9 to π and π̄, which changes
    their logarithm by less than 0.001.

    Args:
        class_counts (Sequence[int] | str): n_c, see ``CountBasedLoss``.
        tau (float): τ ≥ 0; the authors have 2 on ImageNet-LT and
            CIFAR-100-LT, 1 on Places-LT and iNaturalist 2018. Defaults to
            2.0.
        **kwargs: ``reduction`` and ``loss_weight`` of ``CountBasedLoss``.

    Raises:
        ValueError: if tau is negative or not finite, or there are not three
            experts; see also ``CountBasedLoss``.

    Examples:
        >>> import torch
        >>> loss = DiverseExpertLoss([3, 1], tau=1.0)
        >>> value = loss(torch.zeros(1, 3, 2), torch.tensor([1]))
        >>> round(float(value), 4)  # log 2 + log 4 + log(1 + 9), of 3/1 and 1/3
        4.382
    """

    def __init__(self, class_counts: Sequence[int] | str, tau: float = 2.0, **kwargs):
        super().__init__(class_counts, **kwargs)
        self.tau = check_number(tau, 'tau', 0)

    def sample_losses(self, scores: Tensor, target: Tensor, counts: Tensor) -> Tensor:
        """Compute the loss (N,) of the logits z (N, 3, C) and the targets (N, C)."""
        if scores.shape[1] != 3:
            raise ValueError(
                f'DiverseExpertLoss is of three experts, but the head has {scores.shape[1]}; set '
                'num_experts of head and backbone to 3.'
            )
        prior = counts.log().log_softmax(dim=0)
        reverse = reversed_counts(counts).log().log_softmax(dim=0)
        shifts = (0, prior, prior - self.tau * reverse)
        return sum(
            soft_cross_entropy(own + shift, target, reduction='none')
            for own, shift in zip(scores.unbind(dim=1), shifts)
        )
