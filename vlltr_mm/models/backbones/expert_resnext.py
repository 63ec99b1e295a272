"""A ResNeXt with several experts in the place of its last stages."""

from mmpretrain.models import ResNeXt
from mmpretrain.registry import MODELS

from .expert_resnet import ExpertResNet


@MODELS.register_module()
class ExpertResNeXt(ExpertResNet, ResNeXt):
    """A ResNeXt of which the last stages are there k times, narrower: images → k maps.

    ``ExpertResNet`` with the grouped convolutions of MMPretrain's ``ResNeXt``,
    32 groups of width 4 unless ``groups`` and ``width_per_group`` say
    otherwise; their width shrinks with the stage's. All other arguments are
    those of ``ExpertResNet``. ResNeXt-50 32x4d with 3 experts is what RIDE and
    SADE have on ImageNet-LT.
    """
