from .bbn_resnet import BBNCIFARResNet, BBNResNet
from .cifar_resnet import CIFARResNet
from .expert_cifar_resnet import ExpertCIFARResNet
from .expert_resnet import ExpertResNet
from .expert_resnext import ExpertResNeXt
from .openclip import OpenCLIPTextBackbone, OpenCLIPVisionBackbone
from .projected_backbone import ProjectedBackbone
from .resnet10 import ResNet10

__all__ = [
    'CIFARResNet',
    'ExpertCIFARResNet',
    'ExpertResNeXt',
    'ExpertResNet',
    'BBNCIFARResNet',
    'BBNResNet',
    'CIFARResNet',
    'OpenCLIPTextBackbone',
    'OpenCLIPVisionBackbone',
    'ProjectedBackbone',
    'ResNet10',
]
