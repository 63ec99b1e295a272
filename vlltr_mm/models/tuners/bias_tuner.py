"""Offsets of biases."""

import torch
from mmpretrain.registry import MODELS
from torch import Tensor, nn
from torch.nn.modules.batchnorm import _BatchNorm

from .tuner import ReplacingPart, Tuner

_NORMS = (nn.LayerNorm, nn.GroupNorm, _BatchNorm)


@MODELS.register_module()
class BiasTuner(Tuner):
    """Train the biases of a tower's blocks, or of a whole ResNet.

    What is trained and stored is the difference from the tower's own numbers,
    which starts at 0: weight decay draws towards CLIP, not towards 0.
    BatchNorm normalises by its running statistics, which stay. It works on any
    tower.

    Source: BitFit (arXiv 2106.10199).

    Args:
        norm_weights (bool): train the weights of LayerNorm and BatchNorm too;
            with CLIP's ResNets the usual choice. Defaults to False.

    Raises:
        ValueError: if a tower has no biases.
    """

    def __init__(self, norm_weights: bool = False):
        super().__init__()
        self.norm_weights = norm_weights

    def make_part(self, unit: nn.Module, depth: int) -> nn.Module:
        """Make the offsets of one module."""
        return _Offsets({name: p for name, p in unit.named_parameters() if self._tunes(unit, name)})

    def _tunes(self, unit: nn.Module, name: str) -> bool:
        """Tell whether a parameter is tuned."""
        owner, _, own = name.rpartition('.')
        if own == 'weight' and self.norm_weights:
            return isinstance(unit.get_submodule(owner), _NORMS)
        return own.endswith('bias')

    def attach(self, tower: nn.Module, units: list[str]):
        """Freeze a tower and let the offsets work in it."""
        super().attach(tower, units)
        if not any(True for _ in self.parameters()):
            raise ValueError(f'{type(tower).__name__} has no biases that BiasTuner could train.')


class _Offsets(ReplacingPart):
    """Zeros by the names of a module's parameters."""

    def __init__(self, parameters: dict[str, Tensor]):
        super().__init__()
        for name, parameter in parameters.items():
            *owners, own = name.split('.')
            node = self
            for owner in owners:
                if owner not in node._modules:
                    node.add_module(owner, nn.Module())
                node = node._modules[owner]
            node.register_parameter(own, nn.Parameter(torch.zeros_like(parameter)))

    def replaced(self, unit: nn.Module) -> dict[str, Tensor]:
        """Return the module's numbers with their offsets."""
        return {name: unit.get_parameter(name) + p for name, p in self.named_parameters()}
