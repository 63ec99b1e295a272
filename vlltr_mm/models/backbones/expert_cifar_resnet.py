"""The ResNet of CIFAR with several experts in the place of its last stages."""

from collections import OrderedDict

from mmpretrain.registry import MODELS
from torch import Tensor, nn

from .cifar_resnet import CIFARResNet, make_cifar_stage
from .expert_stages import ExpertStages, check_experts, expert_width


@MODELS.register_module()
class ExpertCIFARResNet(ExpertStages, CIFARResNet):
    """A ``CIFARResNet`` of which stages 2 and 3 are there k times, narrower: images → k maps.

    Source: RIDE (Wang et al., ICLR 2021, arXiv 2010.01809), where an expert of
    ResNet-32 has stages of 24 and 48 channels in place of 32 and 64; SADE has
    the same.

    Args:
        num_experts (int): k. Defaults to 3.
        width (float): the share of the plain network's channels that an
            expert's stages have. Defaults to 0.75.
        frozen (bool): no training, always in eval. Defaults to False.
        **kwargs: of ``CIFARResNet``, but for ``out_indices``.

    Raises:
        ValueError: if k is out of range, or ``width`` leaves no even growth of
            the channels; see also ``CIFARResNet``.
    """

    def __init__(self, num_experts: int = 3, width: float = 0.75, frozen: bool = False, **kwargs):
        check_experts(num_experts)
        super().__init__(out_indices=(2,), **kwargs)
        first, second, third = (
            stage[0].conv2.out_channels for stage in (self.layer1, self.layer2, self.layer3)
        )
        del self.layer2, self.layer3
        second, third = expert_width(second, width), expert_width(third, width)
        self.experts = nn.ModuleList(
            nn.Sequential(
                OrderedDict(
                    layer2=make_cifar_stage(first, second, self.num_blocks, stride=2),
                    layer3=make_cifar_stage(second, third, self.num_blocks, stride=2),
                )
            )
            for _ in range(num_experts)
        )
        self._freeze(frozen)

    def shared(self, inputs: Tensor) -> Tensor:
        """Return the map (N, 16, H, W) of the first stage, of images (N, 3, H, W)."""
        return self.layer1(self.stem(inputs))
