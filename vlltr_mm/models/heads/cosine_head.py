"""A linear head on the unit sphere."""

import math

import torch
from mmpretrain.models.heads import ClsHead
from mmpretrain.models.heads.margin_head import NormProduct
from mmpretrain.registry import MODELS
from torch import Tensor

from ...structures import FeatureBank


@MODELS.register_module()
class CosineLinearClsHead(ClsHead):
    """Compute s·cos of the feature and each class's weight, without bias.

    What ``LDAMLoss`` expects, whose scale belongs to the loss: leave s at 1
    there. The order of the scores is then right, but their softmax is flat.
    With other losses s belongs here, such as 30. MMPretrain's
    ``ArcFaceClsHead`` has no margin-free form: it passes the cosine through
    acos, whose gradient is infinite at 1.

    Args:
        num_classes (int): C.
        in_channels (int): D, width of the feature.
        scale (float): s > 0. Defaults to 1.0.
        prototypes (str, optional): a file of a ``FeatureBank`` of width D
            with each class, such as the embeddings of its prompts: weights
            start from the means of these at unit norm, which makes the head a
            zero-shot classifier before it is trained. Read by
            ``init_weights``. Defaults to None.
        init_cfg (dict, optional): Defaults to None, the initialisation of
            ``nn.Linear``.
        **kwargs: ``loss``, ``topk`` and ``cal_acc`` of ``ClsHead``.

    Raises:
        ValueError: if num_classes or scale is not positive, or not finite.
    """

    def __init__(
        self,
        num_classes: int,
        in_channels: int,
        scale: float = 1.0,
        prototypes: str | None = None,
        init_cfg: dict | None = None,
        **kwargs,
    ):
        super().__init__(init_cfg=init_cfg, **kwargs)
        if num_classes <= 0:
            raise ValueError(f'num_classes is {num_classes}; give a positive number.')
        if not 0 < scale < math.inf:
            raise ValueError(
                f'scale is {scale}; give a finite value > 0: 1 with '
                'LDAMLoss, such as 30 with other losses.'
            )
        self.num_classes = num_classes
        self.in_channels = in_channels
        self.scale = scale
        self.prototypes = prototypes
        self.fc = NormProduct(in_channels, num_classes)

    def init_weights(self):
        """Start from the prototypes, where there are some.

        Raises:
            FileNotFoundError: if their file does not exist.
            ValueError: if they are of other classes, or of another width.
        """
        super().init_weights()
        if self.prototypes is None:
            return
        bank = FeatureBank.load(self.prototypes)
        try:
            bank.check_covers(self.num_classes, self.in_channels)
        except ValueError as error:
            raise ValueError(f'{self.prototypes}: {error}') from error
        with torch.no_grad():
            self.fc.weight.copy_(bank.normalized().class_means(self.num_classes))

    def forward(self, feats: tuple[Tensor]) -> Tensor:
        """Compute the logits.

        Args:
            feats (tuple[Tensor]): the last is (N, D), any norm.

        Returns:
            Tensor: (N, C), in [-s, s].
        """
        x = self.pre_logits(feats)
        # A cosine in half precision has 3 digits; a scale multiplies them.
        with torch.autocast(x.device.type, enabled=False):
            return self.scale * self.fc(x.to(self.fc.weight.dtype))
