"""Modulated attention and the direct feature of OLTR."""

from mmengine.model import BaseModule
from mmpretrain.registry import MODELS
from torch import Tensor, nn

from ...utils.validation import check_int


class ModulatedAttention(nn.Module):
    """Add to a map what other places of it say, where that is worth it.

    With positions i, j of a map X (d, H, W): A_ij = softmax_j(θ(x_i)·φ(x_j)),
    M = W_m(A g(X)), a = softmax(FC(X)) over the H·W positions, and
    X' = X + a ⊙ M. θ, φ and g are 1×1 convolutions to d/2, W_m is one back to
    d without bias that starts at 0: X' is X at the start. Source: Liu et al.,
    Large-Scale Long-Tailed Recognition in an Open World, CVPR 2019, section
    3.2 and its authors' code, which has no 1/√d in A.

    Args:
        channels (int): d, even.
        map_size (tuple[int, int]): H and W.

    Raises:
        ValueError: if d is odd.
    """

    def __init__(self, channels: int, map_size: tuple[int, int]):
        super().__init__()
        if channels % 2:
            raise ValueError(
                f'in_channels is {channels}; attention halves it, so give an even one.'
            )
        self.map_size = map_size
        pixels = map_size[0] * map_size[1]
        self.query, self.key, self.value = (nn.Conv2d(channels, channels // 2, 1) for _ in range(3))
        self.out = nn.Conv2d(channels // 2, channels, 1, bias=False)
        self.spatial = nn.Linear(channels * pixels, pixels)
        for conv in (self.query, self.key, self.value):
            nn.init.kaiming_normal_(conv.weight)
            nn.init.zeros_(conv.bias)
        nn.init.zeros_(self.out.weight)

    def forward(self, x: Tensor) -> Tensor:
        """Return X' (N, d, H, W) of X.

        Raises:
            ValueError: if the map has another size.
        """
        if x.ndim != 4 or tuple(x.shape[2:]) != self.map_size:
            raise ValueError(
                f'OLTRNeck gets a map of shape {tuple(x.shape)}, but map_size is {self.map_size}: '
                'its attention has weights for each pixel. Set map_size to the last two, or '
                'attention=False.'
            )
        query, key, value = (
            conv(x).flatten(2) for conv in (self.query, self.key, self.value)
        )  # (N, d/2, HW) each
        affinity = (query.transpose(1, 2) @ key).softmax(dim=2)  # (N, HW, HW), rows sum to 1
        message = (value @ affinity.transpose(1, 2)).unflatten(2, self.map_size)
        weights = self.spatial(x.flatten(1)).softmax(dim=1).unflatten(1, (1, *self.map_size))
        return x + weights * self.out(message)


@MODELS.register_module()
class OLTRNeck(BaseModule):
    """Turn a map (N, d, H, W) into OLTR's direct feature, ((N, D),).

    ``ModulatedAttention``, the mean over pixels, then a linear layer with
    ReLU. Without attention it takes maps of any size, and features (N, d) as
    maps of one pixel: the first stage on Places-LT, whose linear layer the
    second goes on with.

    Args:
        in_channels (int): d.
        out_channels (int): D. Defaults to 512.
        attention (bool): Defaults to True.
        map_size (int | tuple[int, int]): H and W of the map, with attention;
            one number for both. Defaults to 7, a 32nd of 224 pixels.
        init_cfg (dict | list, optional): such as ``dict(type='Pretrained',
            prefix='neck.', checkpoint=...)`` of a first stage without
            attention. Defaults to None.

    Raises:
        ValueError: if a number is not positive, or d is odd with attention.
    """

    def __init__(
        self,
        in_channels: int,
        out_channels: int = 512,
        attention: bool = True,
        map_size: int | tuple[int, int] = 7,
        init_cfg: dict | list | None = None,
    ):
        super().__init__(init_cfg)
        self.in_channels = check_int(in_channels, 'in_channels', 1)
        self.out_channels = check_int(out_channels, 'out_channels', 1)
        sizes = (map_size, map_size) if isinstance(map_size, int) else tuple(map_size)
        height, width = (check_int(size, 'map_size', 1) for size in sizes)
        self.attention = (
            ModulatedAttention(self.in_channels, (height, width)) if attention else None
        )
        self.fc = nn.Linear(self.in_channels, self.out_channels)

    def forward(self, maps: tuple[Tensor, ...]) -> tuple[Tensor]:
        """Return ((N, D),) of the last map, (N, d, H, W).

        Raises:
            ValueError: if it has another number of channels, or with
                attention another size.
        """
        x = maps[-1]
        if x.shape[1] != self.in_channels:
            raise ValueError(
                f'OLTRNeck gets a map of shape {tuple(x.shape)}, but in_channels is '
                f'{self.in_channels}; set in_channels to {x.shape[1]}.'
            )
        if self.attention is not None:
            x = self.attention(x)
        return (self.fc(x.flatten(2).mean(2) if x.ndim > 2 else x).relu(),)
