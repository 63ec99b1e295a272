"""ResNets that part before their last block: two branches on one trunk."""

import copy

from mmpretrain.models import ResNet
from mmpretrain.registry import MODELS
from torch import Tensor, nn

from ...utils.validation import check_text
from .cifar_resnet import CIFARResNet

_BRANCHES = ('conventional', 'rebalancing')


class _Branched:
    """A ResNet whose last block is there twice, side by side."""

    def _part(self, stage: nn.Sequential):
        """Take the last block off a stage, and put two in its place."""
        if len(stage) < 2:
            raise ValueError(
                f'The last stage of {type(self).__name__} has one block, which halves the map; BBN '
                'needs two at least. Give a larger depth.'
            )
        self.conventional = stage[-1]
        del stage[-1]
        self.rebalancing = copy.deepcopy(self.conventional)

    def forward(self, inputs: Tensor, branch: str | None = None) -> tuple[Tensor, ...]:
        """Return the last map of one branch, or of both.

        Args:
            inputs (Tensor): images (N, 3, H, W).
            branch (str, optional): 'conventional' or 'rebalancing'. Defaults
                to None, both.

        Returns:
            tuple[Tensor, ...]: one map (N, D, H', W') for each branch, the
            conventional one first.

        Raises:
            ValueError: if there is no such branch.
        """
        branches = _BRANCHES if branch is None else [check_text(branch, 'branch', _BRANCHES)]
        trunk = super().forward(inputs)[-1]
        return tuple(getattr(self, name)(trunk) for name in branches)


@MODELS.register_module()
class BBNResNet(_Branched, ResNet):
    """MMPretrain's ResNet as BBN has it: the last block of the last stage twice.

    ResNet-50 becomes a trunk with two blocks in its fourth stage and two
    bottlenecks 2048 → 512 → 2048 on it, one for each branch. Source: Zhou et
    al., BBN: Bilateral-Branch Network with Cumulative Learning for Long-Tailed
    Visual Recognition, CVPR 2020 (arXiv 1912.02413).

    Args:
        depth (int): 18, 34, 50, 101 or 152.
        **kwargs: of ``mmpretrain.models.ResNet``.
    """

    def __init__(self, depth: int, **kwargs):
        super().__init__(depth, **kwargs)
        self._part(getattr(self, self.res_layers[-1]))


@MODELS.register_module()
class BBNCIFARResNet(_Branched, CIFARResNet):
    """``CIFARResNet`` as BBN has it: the last block of the third stage twice.

    Args:
        depth (int): 6n + 2, at least 14. Defaults to 32.
        **kwargs: of ``CIFARResNet``.

    Raises:
        ValueError: if the depth is smaller; see also ``CIFARResNet``.
    """

    def __init__(self, depth: int = 32, **kwargs):
        super().__init__(depth, **kwargs)
        self._part(self.layer3)
