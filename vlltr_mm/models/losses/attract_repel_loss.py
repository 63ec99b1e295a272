"""Features near the centroid of their class, and away from the others: OLTR's second loss."""

import torch
import torch.nn.functional as F
from mmengine.dist import all_reduce, get_world_size
from mmpretrain.registry import MODELS
from torch import Tensor, nn

from ...utils.validation import check_number, check_text

_GRADIENTS = ('autograd', 'official')


@MODELS.register_module()
class AttractRepelLoss(nn.Module):
    """Compute L_feat = attract + λ·repel of features v and centroids m.

    With B features of C classes, over all ranks:

        attract = 1/(2B) · Σ_i |v_i − m_{y_i}|²
        repel = max(0, margin − 1/(B·C) · Σ_i Σ_{c≠y_i} |v_i − m_c|²)

    Source: Liu et al., Large-Scale Long-Tailed Recognition in an Open World,
    CVPR 2019, section 3.3. In the authors' code attract has another gradient
    of the centroids than its formula,

        1/B · Σ_{i: y_i=c} (m_c − v_i) / (1 + n_c),

    n_c the features of class c in the batch, whatever the weight of the loss
    is: at their 0.01 it is 100 / (1 + n_c) times that of the formula.
    ``centroid_grad='official'`` has it.

    Args:
        loss_weight (float): of L_feat. Defaults to 0.01.
        repel_weight (float): λ. Defaults to 0.01.
        margin (float): Defaults to 10.0.
        centroid_grad (str): 'autograd', that of the formula, or 'official'.
            Defaults to 'autograd'.

    Raises:
        ValueError: if a number is negative, or ``centroid_grad`` is unknown.

    Examples:
        >>> feats, centroids = torch.tensor([[1.0, 0.0]]), torch.tensor([[0.0, 0.0], [4.0, 0.0]])
        >>> loss = AttractRepelLoss(loss_weight=1, repel_weight=1)
        >>> loss(feats, torch.tensor([0]), centroids).item()  # 1/2 + (10 - 9/2)
        6.0
    """

    def __init__(
        self,
        loss_weight: float = 0.01,
        repel_weight: float = 0.01,
        margin: float = 10.0,
        centroid_grad: str = 'autograd',
    ):
        super().__init__()
        self.loss_weight = check_number(loss_weight, 'loss_weight', 0)
        self.repel_weight = check_number(repel_weight, 'repel_weight', 0)
        self.margin = check_number(margin, 'margin', 0)
        self.centroid_grad = check_text(centroid_grad, 'centroid_grad', _GRADIENTS)

    def forward(self, feats: Tensor, labels: Tensor, centroids: Tensor) -> Tensor:
        """Return the loss of this rank's features, so that ranks' mean is that of all.

        Args:
            feats (Tensor): v (B, D), the same B on every rank.
            labels (Tensor): y (B,) int64.
            centroids (Tensor): m (C, D).

        Returns:
            Tensor: scalar.
        """
        official = self.centroid_grad == 'official'
        own = (centroids.detach() if official else centroids)[labels]
        attract = (feats - own).square().sum(1).mean() / 2
        loss = self.loss_weight * (
            attract + self.repel_weight * self._repel(feats, labels, centroids)
        )
        if official:
            # A term of value 0 whose gradient of the centroids is theirs.
            step = (centroids * official_step(feats.detach(), labels, centroids.detach())).sum()
            loss = loss + step - step.detach()
        return loss

    def _repel(self, feats: Tensor, labels: Tensor, centroids: Tensor) -> Tensor:
        squares = (  # |v − m|², (B, C)
            feats.square().sum(1, keepdim=True)
            + centroids.square().sum(1)
            - 2 * feats @ centroids.T
        )
        others = 1 - F.one_hot(labels, len(centroids)).to(squares.dtype)
        mean = (squares * others).mean()
        # The maximum is of the mean of all ranks; the gradient stays with this one's.
        return (self.margin - mean - (_mean_of_ranks(mean.detach()) - mean.detach())).clamp(min=0)


def official_step(feats: Tensor, labels: Tensor, centroids: Tensor) -> Tensor:
    """Return the gradient of the centroids in OLTR's code, see ``AttractRepelLoss``.

    Args:
        feats (Tensor): (B, D), this rank's.
        labels (Tensor): (B,) int64.
        centroids (Tensor): (C, D).

    Returns:
        Tensor: (C, D), this rank's share: the mean of the ranks is that of
        the global batch, by whose n_c it divides.
    """
    counts = labels.bincount(minlength=len(centroids))
    sums = torch.zeros_like(centroids).index_add_(0, labels, feats)
    pull = counts[:, None] * centroids - sums  # Σ (m_c − v_i), (C, D)
    if get_world_size() > 1:
        all_reduce(counts)
    return pull / (1 + counts[:, None]) / len(feats)


def _mean_of_ranks(value: Tensor) -> Tensor:
    """Return the mean over ranks of a scalar without gradient."""
    value = value.clone()
    if get_world_size() > 1:
        all_reduce(value, 'mean')
    return value
