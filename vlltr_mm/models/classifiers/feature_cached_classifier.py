"""A classifier whose frozen tower's output comes from a store."""

from mmpretrain.models import ClsDataPreprocessor, ImageClassifier
from mmpretrain.registry import MODELS
from torch import Tensor


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

    Inputs (N, D) go to the head as they are, images through backbone and
    neck. The state dict is that of ``ImageClassifier``.
    """

    def extract_feat(self, inputs: Tensor, stage: str = 'neck'):
        """Return the head's input; see ``ImageClassifier.extract_feat``."""
        if inputs.ndim == 2:
            return (inputs,)
        return super().extract_feat(inputs, stage)
