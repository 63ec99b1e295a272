"""OLTR's classifier: a feature, what a memory of all classes adds to it, and cosines."""

import torch
import torch.nn.functional as F
from mmpretrain.models.heads import ClsHead
from mmpretrain.registry import MODELS
from mmpretrain.structures import DataSample
from torch import Tensor, nn

from ...structures import FeatureBank
from ...utils.validation import check_int, check_number
from .batch_losses import batch_accuracies, batch_losses
from .decoupling_heads import load_linear


@MODELS.register_module()
class MetaEmbeddingClsHead(ClsHead):
    """Classify the dynamic meta-embedding of a feature.

    With the direct feature v and the centroids M of the classes, which give
    no gradient here:

        v_mem = softmax(W_h v + b_h) M          hallucinator
        e = tanh(W_s v + b_s)                   selector
        γ = 10 / min_c |v − m_c|                reachability
        v_meta = γ·(v + e ⊙ v_mem)
        z_c = 16 · |v_meta|/(1 + |v_meta|) · cos(v_meta, w_c)

    The loss is that of z and L_feat of v and M, see ``AttractRepelLoss``.
    ``CentroidInitHook`` starts the centroids from the class means; without it
    they start from N(0, 1). Source: Liu et al., Large-Scale Long-Tailed
    Recognition in an Open World (OLTR), CVPR 2019.

    Args:
        num_classes (int): C.
        in_channels (int): D.
        linear (str, optional): the checkpoint of the first stage, a run with a
            ``LinearClsHead`` of width D, from which the hallucinator starts.
            Read by ``init_weights``. Defaults to None.
        scale (float): of the cosines. Defaults to 16.0.
        reach (float): the numerator of γ. Defaults to 10.0.
        eps (float): > 0, the least distance in γ: that of a class's only image
            to its centroid may be 0. Defaults to 1e-3.
        feature_loss (dict, optional): Defaults to None, ``AttractRepelLoss``
            with its defaults.
        open_threshold (float, optional): predict −1, no class, where the
            largest probability is below; 0.1 in the authors' code. No part of
            training and checkpoints. Defaults to None, never.
        init_cfg (dict, optional): Defaults to None: cosine weights uniform in
            ±1/√D, the rest as ``nn.Linear``.
        **kwargs: ``loss``, ``topk`` and ``cal_acc`` of ``ClsHead``.

    Raises:
        ValueError: if a number is not as above.
    """

    def __init__(
        self,
        num_classes: int,
        in_channels: int,
        linear: str | None = None,
        scale: float = 16.0,
        reach: float = 10.0,
        eps: float = 1e-3,
        feature_loss: dict | None = None,
        open_threshold: float | None = None,
        init_cfg: dict | None = None,
        loss: dict | None = None,
        **kwargs,
    ):
        super().__init__(loss=loss or dict(type='CrossEntropyLoss'), init_cfg=init_cfg, **kwargs)
        self.num_classes = check_int(num_classes, 'num_classes', 1)
        self.in_channels = check_int(in_channels, 'in_channels', 1)
        self.linear = linear
        self.scale = check_number(scale, 'scale', 0)
        self.reach = check_number(reach, 'reach', 0)
        self.eps = check_number(eps, 'eps', 1e-12)
        if open_threshold is not None:
            check_number(open_threshold, 'open_threshold', 0, 1)
        self.open_threshold = open_threshold
        self.feature_loss = MODELS.build(feature_loss or dict(type='AttractRepelLoss'))
        self.hallucinator = nn.Linear(self.in_channels, self.num_classes)
        self.selector = nn.Linear(self.in_channels, self.in_channels)
        self.weight = nn.Parameter(torch.empty(self.num_classes, self.in_channels))
        self.centroids = nn.Parameter(torch.randn(self.num_classes, self.in_channels))
        bound = self.in_channels**-0.5
        nn.init.uniform_(self.weight, -bound, bound)

    def init_weights(self):
        """Read the classifier of the first stage; see ``load_linear``."""
        super().init_weights()
        if self.linear is not None:
            load_linear(self.hallucinator, self.linear)

    @torch.no_grad()
    def set_centroids(self, bank: FeatureBank):
        """Start the centroids from the means of each class's features.

        Args:
            bank (FeatureBank): v (N, D) of training images, of every class.

        Raises:
            ValueError: if a class has no image, or the bank does not fit.
        """
        bank.check_covers(self.num_classes, self.in_channels)
        self.centroids.copy_(bank.class_means(self.num_classes))

    def meta_embedding(self, v: Tensor) -> Tensor:
        """Return v_meta (N, D) of direct features v (N, D)."""
        memory = self.centroids.detach()
        v_mem = self.hallucinator(v).softmax(dim=1) @ memory
        with torch.no_grad():  # only the nearest one has a gradient
            nearest = memory[torch.cdist(v, memory).argmin(dim=1)]
        distance = (v - nearest).square().sum(1, keepdim=True).clamp(min=self.eps**2).sqrt()
        return self.reach / distance * (v + self.selector(v).tanh() * v_mem)

    def _logits(self, v: Tensor) -> Tensor:
        """Return z (N, C) of direct features v (N, D)."""
        v_meta = self.meta_embedding(v)
        squashed = v_meta / (1 + v_meta.norm(dim=1, keepdim=True))
        return self.scale * squashed @ F.normalize(self.weight, dim=1).T

    def forward(self, feats: tuple[Tensor]) -> Tensor:
        """Return the logits (N, C) of ``feats[-1]`` (N, D)."""
        v = self.pre_logits(feats)
        # Distances and norms in half precision have too few digits.
        with torch.autocast(v.device.type, enabled=False):
            return self._logits(v.to(self.weight.dtype))

    def loss(self, feats: tuple[Tensor], data_samples: list[DataSample], **kwargs) -> dict:
        """Compute ``loss_cls`` of the logits and ``loss_feat`` of features and centroids.

        Raises:
            ValueError: if batch augmentations have mixed the labels.
        """
        if 'gt_score' in data_samples[0]:
            raise ValueError(
                'MetaEmbeddingClsHead pulls each feature to the centroid of its class, but the '
                'batch augmentations of model.train_cfg (Mixup, CutMix) leave no image a class '
                'of its own; leave them out.'
            )
        labels = torch.cat([sample.gt_label for sample in data_samples])
        v = self.pre_logits(feats)
        with torch.autocast(v.device.type, enabled=False):
            v = v.to(self.weight.dtype)
            logits = self._logits(v)
            losses = batch_losses(self.loss_module, dict(loss_cls=logits), data_samples, **kwargs)
            losses['loss_feat'] = self.feature_loss(v, labels, self.centroids)
        if self.cal_acc:
            losses.update(batch_accuracies(logits, data_samples, self.topk))
        return losses

    def _get_predictions(self, cls_score: Tensor, data_samples: list[DataSample] | None):
        """Return samples with scores and classes, of which −1 is none of the known ones."""
        out = super()._get_predictions(cls_score, data_samples)
        for sample in out if self.open_threshold is not None else ():
            if sample.pred_score.max() < self.open_threshold:
                sample.set_pred_label(torch.full_like(sample.pred_label, -1))
        return out
