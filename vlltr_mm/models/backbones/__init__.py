from .bbn_resnet import BBNCIFARResNet, BBNResNet
from .cifar_resnet import CIFARResNet
from .expert_cifar_resnet import ExpertCIFARResNet
from .expert_resnet import ExpertResNet
from .expert_resnext import ExpertResNeXt
from .openclip import OpenCLIPTextBackbone, OpenCLIPVisionBackbone
from .projected_backbone import ProjectedBackbone
from .resnet10 import ResNet10

__all__ = [
    'BBNCIFARResNet',
    'BBNResNet',
    'CIFARResNet',
    'ExpertCIFARResNet',
    'ExpertResNeXt',
    'ExpertResNet',
    'OpenCLIPTextBackbone',
    'OpenCLIPVisionBackbone',
    'ProjectedBackbone',
    'ResNet10',
]
