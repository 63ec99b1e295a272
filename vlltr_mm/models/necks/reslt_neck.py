"""One feature map becomes a feature for each branch of ResLT."""

from mmengine.model import BaseModule
from mmpretrain.registry import MODELS
from torch import Tensor, nn

from ...utils.validation import check_int, check_text

_BLOCKS = ('conv', 'norm')
_POOLS = ('last', 'first', 'first_at_test')


@MODELS.register_module()
class ResLTNeck(BaseModule):
    """Turn a map (N, D, H, W) into the B features of ResLT's branches, (N, B·D).

    Branch after branch, as ``ResLTClsHead`` reads them. The ``conv`` block is
    a 1×1 convolution D → B·D without bias, BatchNorm and ReLU, split into B
    parts; the ``norm`` block, that of the CIFAR networks, one BatchNorm for
    each branch on the same map. Source: Cui et al., ResLT: Residual Learning
    for Long-Tailed Recognition, TPAMI 2022 (arXiv 2101.10633).

    ReLU does not commute with the mean over pixels, so the order matters. The
    authors' code pools last in training and first in its tests where it
    pools last at all (``first_at_test``), and always first with ResNet-10.
    Pooled features (N, D), such as those of a ViT, are taken as maps of one
    pixel.

    Args:
        in_channels (int): D.
        num_branches (int): B, 3, or 2 as on iNaturalist 2018; there the
            authors' code computes a third and does not use it. Defaults to 3.
        block (str): 'conv' or 'norm'. Defaults to 'conv'.
        pool (str): when the mean over pixels is taken: 'last', 'first', or
            'first_at_test', the order of the authors' code. Defaults to
            'last'.
        init_cfg (dict | list, optional): Defaults to None: Kaiming's normal
            distribution by fan-out for the convolution.

    Raises:
        ValueError: if an argument is none of these.
    """

    def __init__(
        self,
        in_channels: int,
        num_branches: int = 3,
        block: str = 'conv',
        pool: str = 'last',
        init_cfg: dict | list | None = None,
    ):
        super().__init__(init_cfg or dict(type='Kaiming', layer='Conv2d', mode='fan_out'))
        self.in_channels = check_int(in_channels, 'in_channels', 1)
        self.num_branches = check_int(num_branches, 'num_branches', 1)
        self.pool = check_text(pool, 'pool', _POOLS)
        width = self.num_branches * self.in_channels
        self.conv = None
        if check_text(block, 'block', _BLOCKS) == 'conv':
            self.conv = nn.Conv2d(self.in_channels, width, 1, bias=False)
        self.norm = nn.BatchNorm2d(width)  # by channel, so each branch has its own

    def forward(self, maps: tuple[Tensor, ...]) -> tuple[Tensor]:
        """Return ((N, B·D),) of the last map, (N, D, H, W) or (N, D).

        Raises:
            ValueError: if it has another number of channels.
        """
        x = maps[-1]
        if x.shape[1] != self.in_channels:
            raise ValueError(
                f'ResLTNeck gets a map of shape {tuple(x.shape)}, but in_channels is '
                f'{self.in_channels}; set in_channels to {x.shape[1]}.'
            )
        x = x.reshape(*x.shape[:2], *(x.shape[2:] or (1, 1)))
        if self.pool == 'first' or (self.pool == 'first_at_test' and not self.training):
            x = x.mean((2, 3), keepdim=True)
        if self.conv is None:
            x = self.norm(x.repeat(1, self.num_branches, 1, 1))
        else:
            x = self.norm(self.conv(x)).relu()
        return (x.mean((2, 3)),)
