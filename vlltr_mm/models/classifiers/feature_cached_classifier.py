"""A classifier whose frozen tower's output comes from a store."""

import math

import torch.nn.functional as F
from mmpretrain.models import ClsDataPreprocessor, ImageClassifier
from mmpretrain.registry import MODELS
from torch import Tensor, nn


@MODELS.register_module()
class FeatureDataPreprocessor(ClsDataPreprocessor):
    """``ClsDataPreprocessor`` that leaves stored embeddings (N, D) as they
    are; images (N, 3, H, W) are treated as usual."""

    def forward(self, data: dict, training: bool = False) -> dict:
        """Move embeddings and labels to the device, or prepare images."""
        if not isinstance(data['inputs'], Tensor) or data['inputs'].ndim != 2:
            return super().forward(data, training)
        return self.cast_data(data)


@MODELS.register_module()
class FeatureCachedClassifier(ImageClassifier):
    """``ImageClassifier`` that takes stored embeddings as well as images.

    Inputs (N, D) go to the head, images first through backbone and neck. The
    state dict is that of ``ImageClassifier``.

    Args:
        backbone (dict, optional): the frozen tower. Defaults to None, for
            embeddings alone.
        scale (float, optional): > 0. Embeddings, those of images too, are
            brought to this norm before the head: those of CLIP have norm 1,
            which is little for a linear layer. Defaults to None, as they are.
        **kwargs: of ``ImageClassifier``.

    Raises:
        ValueError: if ``scale`` is not positive, or not finite.
    """

    def __init__(self, backbone: dict | None = None, scale: float | None = None, **kwargs):
        if scale is not None and not 0 < scale < math.inf:
            raise ValueError(f'scale is {scale}; give a finite number > 0, such as 10, or None.')
        super().__init__(nn.Identity() if backbone is None else backbone, **kwargs)
        self.scale = scale

    def extract_feat(self, inputs: Tensor, stage: str = 'neck'):
        """Return the head's input; see ``ImageClassifier.extract_feat``."""
        feats = (inputs,) if inputs.ndim == 2 else super().extract_feat(inputs, stage)
        if self.scale is None:
            return feats
        return (*feats[:-1], self.scale * F.normalize(feats[-1], dim=1))
