"""Cross entropy with a contrast between images: the first stage of SSD."""

from mmpretrain.registry import MODELS
from mmpretrain.structures import DataSample
from torch import Tensor

from .contrastive_classifier import ContrastiveClassifier


@MODELS.register_module()
class SelfSupervisedGuidedClassifier(ContrastiveClassifier):
    """Classify the first view, and tell the second one from images of other classes.

    The sum of the head's loss on the first view and of a contrastive loss, of
    which the momentum encoder makes the keys. Source: Li et al., Self
    Supervision to Distillation for Long-Tailed Visual Recognition, ICCV 2021
    (arXiv 2109.04075), its first stage.

    Args:
        queue (dict): of ``LabelledQueue``; one epoch of images in the paper.
        momentum_encoder (dict): see ``ContrastiveClassifier``.
        contrast (dict, optional): the contrastive loss. Defaults to None, a
            ``ClassMaskedContrastiveLoss``.
        **kwargs: of ``ContrastiveClassifier``.
    """

    def __init__(self, queue: dict, momentum_encoder: dict, contrast: dict | None = None, **kwargs):
        super().__init__(queue=queue, momentum_encoder=momentum_encoder, **kwargs)
        self.contrast = MODELS.build(contrast or dict(type='ClassMaskedContrastiveLoss'))

    def loss(self, inputs: list[Tensor], data_samples: list[DataSample]) -> dict[str, Tensor]:
        """Compute both losses of two views, and queue the second ones.

        Args:
            inputs (list[Tensor]): two of (N, 3, H, W).
            data_samples (list[DataSample]): N, with ``gt_label``.

        Returns:
            dict[str, Tensor]: ``loss_cls``, ``loss_contrast``, and accuracies
            where the head has them.
        """
        images, others, labels = self.pair(inputs, data_samples)
        feats, queries = self.embed(self._parts(), images)
        keys = self.embed_keys(others)
        losses = self.head.loss(feats, data_samples)
        losses = dict(loss_cls=losses.pop('loss'), **losses)
        losses['loss_contrast'] = self.contrast(queries, keys, labels, **self.queued())
        self.queue.append(keys, labels)
        return losses
