from .cifar_resnet import CIFARResNet
from .openclip import OpenCLIPTextBackbone, OpenCLIPVisionBackbone
from .projected_backbone import ProjectedBackbone

__all__ = ['CIFARResNet', 'OpenCLIPTextBackbone', 'OpenCLIPVisionBackbone', 'ProjectedBackbone']
