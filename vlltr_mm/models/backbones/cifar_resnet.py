"""The three-stage ResNet of CIFAR: 16, 32 and 64 channels, shortcuts without weights."""

import torch
import torch.nn.functional as F
from mmpretrain.models.backbones.base_backbone import BaseBackbone
from mmpretrain.registry import MODELS
from torch import Tensor, nn
from torch.nn.modules.batchnorm import _BatchNorm

from ...utils.validation import check_int


class CIFARBlock(nn.Module):
    """Two 3×3 convolutions and a shortcut without weights (option A of the paper).

    Where the block halves the map, the shortcut takes every second pixel; the
    channels that it lacks are zeros, half of them before and half behind.

    Args:
        in_channels (int): of the input.
        out_channels (int): of the output, more by an even number, or equal.
        stride (int): 1 or 2. Defaults to 1.

    Raises:
        ValueError: if the zeros have no two equal halves.
    """

    def __init__(self, in_channels: int, out_channels: int, stride: int = 1):
        super().__init__()
        missing = out_channels - in_channels
        if missing < 0 or missing % 2:
            raise ValueError(
                f'A block from {in_channels} to {out_channels} channels has a shortcut that adds '
                f'{missing} channels of zeros; give widths that grow by an even number.'
            )
        self.stride = stride
        self.padding = missing // 2
        self.conv1 = nn.Conv2d(in_channels, out_channels, 3, stride, padding=1, bias=False)
        self.bn1 = nn.BatchNorm2d(out_channels)
        self.conv2 = nn.Conv2d(out_channels, out_channels, 3, padding=1, bias=False)
        self.bn2 = nn.BatchNorm2d(out_channels)

    def forward(self, x: Tensor) -> Tensor:
        """Return (N, out_channels, H/stride, W/stride) of x (N, in_channels, H, W)."""
        out = F.relu(self.bn1(self.conv1(x)))
        out = self.bn2(self.conv2(out))
        shortcut = x[:, :, :: self.stride, :: self.stride]
        if self.padding:
            shortcut = F.pad(shortcut, (0, 0, 0, 0, self.padding, self.padding))
        return F.relu(out + shortcut)


def make_cifar_stage(
    in_channels: int, out_channels: int, num_blocks: int, stride: int
) -> nn.Sequential:
    """Return a stage of ``CIFARBlock``, of which the first has the stride."""
    blocks = [CIFARBlock(in_channels, out_channels, stride)]
    blocks += [CIFARBlock(out_channels, out_channels) for _ in range(num_blocks - 1)]
    return nn.Sequential(*blocks)


@MODELS.register_module()
class CIFARResNet(BaseBackbone):
    """The ResNet that long-tailed CIFAR is measured with: (N, 3, 32, 32) → maps.

    A 3×3 convolution and three stages of (depth − 2)/6 blocks, of 16, 32 and
    64 channels and 32, 16 and 8 pixels; ResNet-32 has 0.46 M parameters.
    MMPretrain's ``ResNet_CIFAR`` is another one: four stages of up to 512
    channels. Source: He et al., Deep Residual Learning for Image Recognition,
    CVPR 2016, section 4.2, with its shortcuts of option A; weights start from
    Kaiming's normal distribution by fan-in, as in the code of LDAM, RIDE and
    SADE.

    Args:
        depth (int): 6n + 2, such as 20, 32, 44, 56 or 110. Defaults to 32.
        channels (tuple[int]): of the three stages. Defaults to (16, 32, 64).
        out_indices (tuple[int]): stages, from 0, whose maps are returned.
            Defaults to (2,), the last.
        norm_eval (bool): BatchNorm stays in eval. Defaults to False.
        frozen (bool): nothing of it is trained, and all of it stays in eval,
            as where only a classifier is. Defaults to False.
        init_cfg (dict | list, optional): Defaults to None, as above.

    Raises:
        ValueError: if depth is not 6n + 2, there are not three widths that
            grow by even numbers, or a stage is none of 0, 1 and 2.
    """

    def __init__(
        self,
        depth: int = 32,
        channels: tuple[int, int, int] = (16, 32, 64),
        out_indices: tuple[int, ...] = (2,),
        norm_eval: bool = False,
        frozen: bool = False,
        init_cfg: dict | list | None = None,
    ):
        super().__init__(init_cfg or dict(type='Kaiming', layer='Conv2d', mode='fan_in'))
        if check_int(depth, 'depth', 8) % 6 != 2:
            raise ValueError(f'depth is {depth}; give 6n + 2, such as 20, 32, 44, 56 or 110.')
        if len(channels) != 3:
            raise ValueError(f'channels is {channels}; give the widths of three stages.')
        if not out_indices or not set(out_indices) <= {0, 1, 2}:
            raise ValueError(f'out_indices is {out_indices}; give stages of 0, 1 and 2.')
        self.depth = depth
        self.num_blocks = (depth - 2) // 6
        self.out_indices = tuple(out_indices)
        self.norm_eval = norm_eval
        self.frozen = frozen
        first, second, third = channels
        self.conv1 = nn.Conv2d(3, first, 3, padding=1, bias=False)
        self.bn1 = nn.BatchNorm2d(first)
        self.layer1 = make_cifar_stage(first, first, self.num_blocks, stride=1)
        self.layer2 = make_cifar_stage(first, second, self.num_blocks, stride=2)
        self.layer3 = make_cifar_stage(second, third, self.num_blocks, stride=2)
        self.requires_grad_(not frozen)

    def stem(self, inputs: Tensor) -> Tensor:
        """Return the map (N, 16, H, W) before the first stage."""
        # All maps keep this layout, in which convolutions of few channels are faster on a CPU.
        inputs = inputs.contiguous(memory_format=torch.channels_last)
        return F.relu(self.bn1(self.conv1(inputs)))

    def forward(self, inputs: Tensor) -> tuple[Tensor, ...]:
        """Return the maps of ``out_indices``, of images (N, 3, H, W)."""
        x = self.stem(inputs)
        maps = []
        for stage in (self.layer1, self.layer2, self.layer3):
            x = stage(x)
            maps.append(x)
        return tuple(maps[index] for index in self.out_indices)

    def train(self, mode: bool = True):
        """Switch mode; BatchNorm stays in eval with ``norm_eval``, all of it with ``frozen``."""
        super().train(mode and not self.frozen)
        if self.norm_eval:
            for module in self.modules():
                if isinstance(module, _BatchNorm):
                    module.eval()
        return self
