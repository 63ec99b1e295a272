"""A small branch beside each MLP."""

import math

import torch
import torch.nn.functional as F
from mmpretrain.registry import MODELS
from torch import Tensor, nn

from .blocks import attend, feed_forward
from .bottleneck import BottleneckTuner


class _Branch(nn.Module):
    """s · (W_up · ReLU(W_down · LN(u) + b_down) + b_up), zero at the start."""

    def __init__(self, width: int, bottleneck: int):
        super().__init__()
        self.norm = nn.LayerNorm(width)
        self.down = nn.Linear(width, bottleneck)
        self.up = nn.Linear(bottleneck, width)
        self.scale = nn.Parameter(torch.ones(()))
        nn.init.kaiming_normal_(self.down.weight, a=math.sqrt(5))  # std 1 / √(3d)
        for zero in (self.down.bias, self.up.weight, self.up.bias):
            nn.init.zeros_(zero)

    def forward(self, block: nn.Module, x: Tensor, *args, **kwargs) -> Tensor:
        """Run a block with the branch, (N, L, d) → (N, L, d)."""
        x = attend(block, x, *args, **kwargs)
        branch = self.scale * self.up(F.relu(self.down(self.norm(x))))
        return feed_forward(block, x) + branch.to(x.dtype)


@MODELS.register_module()
class AdaptFormer(BottleneckTuner):
    """Train a bottleneck beside the MLP of each block.

    With u the residual stream behind the attention::

        x' = u + MLP(LN(u)) + s · (W_up · ReLU(W_down · LN_a(u) + b_down) + b_up)

    W_up and both biases start at 0, s at 1. A block of width d gets
    3d + 2dr + r + 1 numbers, s and a LayerNorm of its own among them.

    Source: AdaptFormer (arXiv 2205.13535), as in LIFT (arXiv 2309.10019).

    Its arguments are those of ``BottleneckTuner``.
    """

    part = _Branch
