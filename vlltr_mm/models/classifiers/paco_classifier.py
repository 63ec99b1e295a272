"""A classifier trained by parametric contrastive learning."""

import torch
from mmpretrain.registry import MODELS
from mmpretrain.structures import DataSample
from torch import Tensor

from ..losses.paco_loss import PaCoLoss
from .contrastive_classifier import ContrastiveClassifier


@MODELS.register_module()
class PaCoClassifier(ContrastiveClassifier):
    """PaCo with a momentum encoder, GPaCo without one.

    PaCo: the first view of an image is an anchor of ``PaCoLoss``, the second,
    by the momentum encoder, a key. GPaCo, with ``momentum_encoder=None``: both
    views are anchors, each with centre logits and a gradient of its own, and
    the second one is queued. The class centres are the weights of the head,
    on the feature before the projector; a test is the head alone. Source: Cui
    et al., Parametric Contrastive Learning, ICCV 2021 (arXiv 2107.12028), and
    Generalized Parametric Contrastive Learning, TPAMI 2023 (arXiv 2209.12400).

    Args:
        head (dict): ``LinearClsHead`` with a ``PaCoLoss``.
        **kwargs: of ``ContrastiveClassifier``.

    Raises:
        ValueError: if the head has another loss.
    """

    def __init__(self, head: dict, **kwargs):
        super().__init__(head=head, **kwargs)
        loss = getattr(self.head, 'loss_module', None)
        if not isinstance(loss, PaCoLoss):
            raise ValueError(
                f'The head of PaCoClassifier has the loss {type(loss).__name__}; give '
                "head=dict(loss=dict(type='PaCoLoss', class_counts=...))."
            )

    def loss(self, inputs: list[Tensor], data_samples: list[DataSample]) -> dict[str, Tensor]:
        """Compute the loss of two views, and queue the second ones.

        Args:
            inputs (list[Tensor]): two of (N, 3, H, W).
            data_samples (list[DataSample]): N, with ``gt_label``.

        Returns:
            dict[str, Tensor]: the head's losses.
        """
        images, others, labels = self.pair(inputs, data_samples)
        feats, queries = self.embed(self._parts(), images)
        if self.key_encoder is None:
            other_feats, keys = self.embed(self._parts(), others)
            feats = (torch.cat([feats[-1], other_feats[-1]]),)
            views = dict(queries=torch.cat([queries, keys]))
            data_samples = [*data_samples, *data_samples]
        else:
            keys = self.embed_keys(others)
            views = dict(queries=queries, keys=keys)
        losses = self.head.loss(feats, data_samples, **views, **self.queued())
        if self.queue is not None:
            self.queue.append(keys, labels)
        return losses
