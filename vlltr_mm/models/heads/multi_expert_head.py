"""A head with a classifier for each of several experts."""

import math

import torch
from mmpretrain.models.heads import ClsHead
from mmpretrain.models.heads.margin_head import NormProduct
from mmpretrain.registry import MODELS
from mmpretrain.structures import DataSample
from torch import Tensor, nn

from ...utils.validation import check_int, check_number
from .batch_losses import batch_accuracies, batch_losses


@MODELS.register_module()
class MultiExpertClsHead(ClsHead):
    """Compute Σ_e a_e·z_e of the logits z_e of k experts, a_e = 1/k unless set.

    Each expert has its feature, the e-th of k; where the backbone gives only
    one, all experts share it, so that any classifier of MMPretrain can have
    them. Its logits are s·cos(x, w_c) without bias, or linear.

    ``loss_module`` gets the logits of all experts at once, (N, k, C):
    ``RIDELoss``, ``DiverseExpertLoss`` or another ``MultiExpertLoss``.

    ``expert_weights`` (k,) is a buffer of the checkpoint, which
    ``TestTimeAggregationHook`` sets for a test.

    Args:
        num_classes (int): C.
        in_channels (int): D, width of an expert's feature.
        loss (dict): of (N, k, C).
        num_experts (int): k. Defaults to 3.
        cosine (bool): cosines, rather than linear layers. Defaults to True.
        scale (float): s > 0 of the cosines; linear layers have none. Defaults
            to 30.0.
        init_cfg (dict, optional): Defaults to None: cosine weights are of unit
            norm, with a uniform distribution before that.
        **kwargs: ``topk`` and ``cal_acc`` of ``ClsHead``.

    Raises:
        ValueError: if a number is out of range.
    """

    def __init__(
        self,
        num_classes: int,
        in_channels: int,
        loss: dict,
        num_experts: int = 3,
        cosine: bool = True,
        scale: float = 30.0,
        init_cfg: dict | None = None,
        **kwargs,
    ):
        super().__init__(loss=loss, init_cfg=init_cfg, **kwargs)
        self.num_classes = check_int(num_classes, 'num_classes', 1)
        self.in_channels = check_int(in_channels, 'in_channels', 1)
        self.num_experts = check_int(num_experts, 'num_experts', 1)
        self.cosine = cosine
        self.scale = check_number(scale, 'scale', math.ulp(0)) if cosine else 1.0
        kind = NormProduct if cosine else nn.Linear
        self.fcs = nn.ModuleList(kind(in_channels, num_classes) for _ in range(num_experts))
        if cosine:
            for fc in self.fcs:
                nn.init.uniform_(fc.weight, -1, 1)
                fc.weight.data = nn.functional.normalize(fc.weight.data)
        self.register_buffer('expert_weights', torch.full((num_experts,), 1 / num_experts))

    def set_expert_weights(self, weights: Tensor | None):
        """Set a (k,) of the weighted sum of the logits.

        Args:
            weights (Tensor, optional): any finite numbers ≥ 0 that are not all
                0. None: 1/k each.

        Raises:
            ValueError: if they are not.
        """
        if weights is None:
            weights = torch.full((self.num_experts,), 1 / self.num_experts)
        weights = torch.as_tensor(weights, dtype=self.expert_weights.dtype)
        fits = weights.shape == self.expert_weights.shape
        if not fits or not weights.isfinite().all() or weights.min() < 0 or not weights.any():
            raise ValueError(
                f'The weights of the experts are {weights.tolist()}; give {self.num_experts} '
                'finite numbers >= 0, one at least above 0.'
            )
        self.expert_weights.copy_(weights)

    def pre_logits(self, feats: tuple[Tensor]) -> tuple[Tensor, ...]:
        """Return the k features (N, D).

        Raises:
            ValueError: if there are neither k features nor one, or they are of
                another width.
        """
        if len(feats) not in (1, self.num_experts):
            raise ValueError(
                f'The head has {self.num_experts} experts, but gets {len(feats)} features; set '
                'num_experts of backbone and head to the same, or take a backbone that returns one.'
            )
        shape = tuple(feats[0].shape)
        if len(shape) != 2 or shape[1] != self.in_channels:
            raise ValueError(
                f'The feature of an expert is {shape}, the head takes (N, {self.in_channels}); '
                'correct in_channels, or pool with neck=dict(type="GlobalAveragePooling").'
            )
        return tuple(feats) * (self.num_experts // len(feats))

    def one_expert(self, feature: Tensor, index: int) -> Tensor:
        """Return the logits (N, C) of one expert, in float32, of its feature (N, D)."""
        fc = self.fcs[index]
        # A cosine in half precision has 3 digits; a scale multiplies them.
        with torch.autocast(feature.device.type, enabled=False):
            return self.scale * fc(feature.to(fc.weight.dtype))

    def expert_logits(self, feats: tuple[Tensor]) -> Tensor:
        """Return the logits (N, k, C) of all experts."""
        features = self.pre_logits(feats)
        return torch.stack([self.one_expert(x, e) for e, x in enumerate(features)], dim=1)

    def combine(self, logits: Tensor) -> Tensor:
        """Return the weighted sum (N, C) of logits (N, k, C)."""
        return (logits * self.expert_weights[:, None].to(logits.dtype)).sum(dim=1)

    def forward(self, feats: tuple[Tensor]) -> Tensor:
        """Return the weighted sum (N, C) of the experts' logits.

        Args:
            feats (tuple[Tensor]): k features (N, D), or one.
        """
        return self.combine(self.expert_logits(feats))

    def loss(
        self, feats: tuple[Tensor], data_samples: list[DataSample], **kwargs
    ) -> dict[str, Tensor]:
        """Compute the loss of all experts, and the accuracy of their weighted sum.

        Args:
            feats (tuple[Tensor]): k features (N, D), or one.
            data_samples (list[DataSample]): with labels, or the soft targets
                of batch augmentations.
            **kwargs: for the loss.

        Returns:
            dict[str, Tensor]: ``loss``, and accuracies with ``cal_acc``.
        """
        logits = self.expert_logits(feats)
        losses = batch_losses(self.loss_module, dict(loss=logits), data_samples, **kwargs)
        if self.cal_acc:
            losses.update(batch_accuracies(self.combine(logits), data_samples, self.topk))
        return losses
