"""A ResNet with several experts in the place of its last stages."""

from collections import OrderedDict

from mmpretrain.models import ResNet
from mmpretrain.registry import MODELS
from torch import Tensor, nn

from ...utils.validation import check_int
from .expert_stages import ExpertStages, check_experts, expert_width


@MODELS.register_module()
class ExpertResNet(ExpertStages, ResNet):
    """A ResNet of which the last stages are there k times, narrower: images → k maps.

    Source: RIDE (Wang et al., Long-tailed Recognition by Routing Diverse
    Distribution-Aware Experts, ICLR 2021, arXiv 2010.01809), where stages 3
    and 4 have three quarters of the channels; SADE (Zhang et al., NeurIPS
    2022, arXiv 2107.09249) has the same.

    With ``init_cfg=dict(type='Pretrained', checkpoint=...)`` of a plain ResNet
    each expert starts from its last stages as far as they have the same
    shape, which is all of them for ``width=1``.

    Args:
        depth (int): of MMPretrain's ``ResNet``.
        num_experts (int): k. Defaults to 3.
        shared_stages (int): how many of the four stages all experts share, 1
            to 3. Defaults to 2.
        width (float): the share of the plain network's channels that an
            expert's stages have. Defaults to 0.75.
        frozen (bool): no training, always in eval. Defaults to False.
        strides (tuple[int]): of the four stages. Defaults to (1, 2, 2, 2).
        dilations (tuple[int]): of the four stages. Defaults to (1, 1, 1, 1).
        **kwargs: of MMPretrain's ``ResNet``, but for ``num_stages``,
            ``out_indices`` and ``drop_path_rate``.

    Raises:
        ValueError: if k or ``shared_stages`` is out of range, or ``width``
            leaves no integer.
    """

    def __init__(
        self,
        depth: int,
        num_experts: int = 3,
        shared_stages: int = 2,
        width: float = 0.75,
        frozen: bool = False,
        strides: tuple[int, ...] = (1, 2, 2, 2),
        dilations: tuple[int, ...] = (1, 1, 1, 1),
        **kwargs,
    ):
        check_experts(num_experts)
        first = check_int(shared_stages, 'shared_stages', 1, 3)
        super().__init__(
            depth,
            num_stages=first,
            strides=strides[:first],
            dilations=dilations[:first],
            out_indices=(first - 1,),
            drop_path_rate=0.0,
            **kwargs,
        )
        blocks = self.arch_settings[depth][1]
        stages = [
            dict(
                num_blocks=blocks[stage],
                stride=strides[stage],
                dilation=dilations[stage],
                out_channels=expert_width(self.base_channels << stage, width) * self.expansion,
            )
            for stage in range(first, 4)
        ]
        self.experts = nn.ModuleList(self._make_expert(stages) for _ in range(num_experts))
        self.feat_dim = stages[-1]['out_channels']
        self._freeze(frozen)

    def _make_expert(self, stages: list[dict]) -> nn.Sequential:
        """Build the stages of one expert."""
        first, channels = 4 - len(stages), self.feat_dim
        built = OrderedDict()
        for number, stage in enumerate(stages, first + 1):
            built[f'layer{number}'] = self.make_res_layer(
                block=self.block,
                in_channels=channels,
                expansion=self.expansion,
                style=self.style,
                avg_down=self.avg_down,
                with_cp=self.with_cp,
                conv_cfg=self.conv_cfg,
                norm_cfg=self.norm_cfg,
                **stage,
            )
            channels = stage['out_channels']
        return nn.Sequential(built)

    def shared(self, inputs: Tensor) -> Tensor:
        """Return the map of the shared stages, of images (N, 3, H, W)."""
        return ResNet.forward(self, inputs)[-1]
