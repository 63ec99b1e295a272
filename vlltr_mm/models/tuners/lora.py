"""A change of low rank to the weights of queries and values."""

import math

import torch
from mmpretrain.registry import MODELS
from torch import Tensor, nn

from .blocks import qkv_weight
from .bottleneck import BottleneckTuner
from .tuner import ReplacingPart


class _LowRank(ReplacingPart):
    """(B_q · A_q, 0, B_v · A_v) / r, added to the rows of W_q, W_k and W_v."""

    def __init__(self, width: int, rank: int):
        super().__init__()
        for name in ('query', 'value'):
            down = torch.empty(rank, width)
            nn.init.kaiming_uniform_(down, a=math.sqrt(5))  # ±1 / √d
            self.register_parameter(f'{name}_down', nn.Parameter(down))
            self.register_parameter(f'{name}_up', nn.Parameter(torch.zeros(width, rank)))

    def replaced(self, unit: nn.Module) -> dict[str, Tensor]:
        """Return the weight (3d, d) of queries, keys and values."""
        name = qkv_weight(unit)
        query, key, value = unit.get_parameter(name).chunk(3)
        rank = len(self.query_down)
        # Mixed precision would round the product, and a merged weight would differ.
        with torch.autocast(key.device.type, enabled=False):
            query = query + self.query_up @ self.query_down / rank
            value = value + self.value_up @ self.value_down / rank
        return {name: torch.cat([query, key, value])}


@MODELS.register_module()
class LoRA(BottleneckTuner):
    """Train a change of rank r of the weights of queries and values.

    In each block W_q becomes W_q + B_q · A_q / r, and W_v likewise; A (r, d)
    is drawn, B (d, r) starts at 0. A block gets 4dr numbers. The sum is formed
    in the weights' own precision, before mixed precision rounds it, and is
    what ``merge_tuner`` writes.

    Source: LoRA (arXiv 2106.09685), as in LIFT (arXiv 2309.10019).

    Its arguments are those of ``BottleneckTuner``.
    """

    part = _LowRank
