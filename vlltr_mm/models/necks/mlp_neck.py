"""A perceptron on a pooled feature, such as the projector of a contrast."""

from mmengine.model import BaseModule
from mmpretrain.registry import MODELS
from torch import Tensor, nn

from ...utils.validation import check_int


@MODELS.register_module()
class MLPNeck(BaseModule):
    """Linear layers with ReLU between them: (N, d) → (N, D).

    MMPretrain's ``MoCoV2Neck`` is one of two layers, its ``NonLinearNeck`` one
    with BatchNorm.

    Args:
        in_channels (int): d.
        out_channels (int): D.
        hid_channels (int, optional): of the layers between. Defaults to None,
            d.
        num_layers (int): Defaults to 2.
        norm (bool): BatchNorm before each ReLU. Defaults to False.
        init_cfg (dict, optional): Defaults to None, the initialisation of
            ``nn.Linear``.

    Raises:
        ValueError: if there is no layer.
    """

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        hid_channels: int | None = None,
        num_layers: int = 2,
        norm: bool = False,
        init_cfg: dict | None = None,
    ):
        super().__init__(init_cfg)
        hidden = [hid_channels or in_channels] * (check_int(num_layers, 'num_layers', 1) - 1)
        widths = [in_channels, *hidden, out_channels]
        layers = []
        for before, after in zip(widths, widths[1:-1]):
            layers += [nn.Linear(before, after), *([nn.BatchNorm1d(after)] if norm else [])]
            layers.append(nn.ReLU(inplace=True))
        self.layers = nn.Sequential(*layers, nn.Linear(widths[-2], widths[-1]))

    def forward(self, feats: tuple[Tensor, ...]) -> tuple[Tensor]:
        """Return ``((N, D),)`` of ``feats[-1]`` (N, d)."""
        return (self.layers(feats[-1]),)
