"""Contrast of two views of an image against images of other classes."""

import math

import torch
from mmengine.model import BaseModule
from mmpretrain.registry import MODELS
from torch import Tensor

from ...utils.validation import check_number


@MODELS.register_module()
class ClassMaskedContrastiveLoss(BaseModule):
    """Tell the other view of an image from the queued images of other classes.

    ℓ_i = −log [e^{q_i·k_i/T} / (e^{q_i·k_i/T} + Σ_{j: y_j ≠ y_i} e^{q_i·f_j/T})] with
    the queue f, y. Images of the same class are left out, neither positive
    nor negative. Source: Li et al., Self Supervision to Distillation for
    Long-Tailed Visual Recognition, ICCV 2021 (arXiv 2109.04075), its first
    stage. Without images of the same class it is MoCo's.

    Args:
        temperature (float): T > 0. Defaults to 0.2.
        loss_weight (float): ≥ 0. Defaults to 1.0.

    Raises:
        ValueError: if a number is out of range.

    Examples:
        >>> loss = ClassMaskedContrastiveLoss(temperature=1.0)
        >>> one = torch.tensor([[1.0, 0.0]])
        >>> value = loss(one, one, torch.tensor([0]), one.repeat(2, 1), torch.tensor([0, 1]))
        >>> round(float(value), 4)  # log 2: one of the two has its class
        0.6931
    """

    def __init__(self, temperature: float = 0.2, loss_weight: float = 1.0):
        super().__init__()
        self.temperature = check_number(temperature, 'temperature', 1e-6)
        self.loss_weight = check_number(loss_weight, 'loss_weight', 0)

    def forward(
        self, queries: Tensor, keys: Tensor, labels: Tensor, queue: Tensor, queue_labels: Tensor
    ) -> Tensor:
        """Compute the mean loss of a batch.

        Args:
            queries (Tensor): q (N, D), unit norm.
            keys (Tensor): k (N, D), unit norm, the other views.
            labels (Tensor): (N,) int64.
            queue (Tensor): f (K, D), unit norm.
            queue_labels (Tensor): (K,); −1 marks an empty place.

        Returns:
            Tensor: scalar ≥ 0, in float32 at least.

        Raises:
            ValueError: if shapes do not fit.
        """
        if keys.shape != queries.shape or queue.shape[1:] != queries.shape[1:]:
            raise ValueError(
                f'queries are {tuple(queries.shape)}, keys {tuple(keys.shape)}, the queue '
                f'{tuple(queue.shape)}; all must be of one width: make dims of the queue that of '
                'the projector.'
            )
        dtype = torch.promote_types(queries.dtype, torch.float32)
        queries, keys, queue = queries.to(dtype), keys.to(dtype), queue.to(dtype)
        positive = (queries * keys).sum(dim=1, keepdim=True) / self.temperature  # (N, 1)
        with torch.autocast(queries.device.type, enabled=False):  # T magnifies each rounding
            others = queries @ queue.T / self.temperature  # (N, K)
        masked = (queue_labels < 0) | (queue_labels == labels[:, None])
        logits = torch.cat([positive, others.masked_fill(masked, -math.inf)], dim=1)
        return self.loss_weight * -logits.log_softmax(dim=1)[:, 0].mean()
