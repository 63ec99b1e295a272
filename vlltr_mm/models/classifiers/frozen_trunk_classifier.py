"""A classifier on a frozen backbone of any kind, in eval or in train mode."""

from mmpretrain.models import ImageClassifier
from mmpretrain.registry import MODELS


@MODELS.register_module()
class FrozenTrunkClassifier(ImageClassifier):
    """``ImageClassifier`` of which neck and head are trained, not the backbone.

    What BatchNorm of the frozen backbone does is a switch. By default it stays
    in eval mode, and the features of an image are always the same. With
    ``norm_eval=False`` the backbone follows the model into train mode, as in
    the code of OLTR on Places-LT and of SSD: BatchNorm uses the statistics of
    the batch in training, and its running averages, which tests use, move to
    those of the sampler. Dropout and the like are then on too.

    Args:
        *args, **kwargs: of ``ImageClassifier``.
        norm_eval (bool): Defaults to True.
    """

    def __init__(self, *args, norm_eval: bool = True, **kwargs):
        super().__init__(*args, **kwargs)
        self.norm_eval = norm_eval
        self.backbone.requires_grad_(False)

    def train(self, mode: bool = True):
        """Switch the mode of neck and head, and of the backbone unless ``norm_eval``."""
        super().train(mode)
        if self.norm_eval:
            self.backbone.eval()
        return self
