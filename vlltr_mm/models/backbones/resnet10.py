"""The smallest ResNet of the long-tail literature."""

from mmpretrain.models import ResNet
from mmpretrain.models.backbones.resnet import BasicBlock
from mmpretrain.registry import MODELS


@MODELS.register_module()
class ResNet10(ResNet):
    """MMPretrain's ResNet with one basic block in each of four stages, 512-d.

    Source: Liu et al., Large-Scale Long-Tailed Recognition in an Open World
    (OLTR), CVPR 2019, whose ImageNet-LT numbers are of it.

    Args:
        **kwargs: of ``mmpretrain.models.ResNet``, without ``depth``.
    """

    arch_settings = {10: (BasicBlock, (1, 1, 1, 1))}

    def __init__(self, **kwargs):
        super().__init__(10, **kwargs)
