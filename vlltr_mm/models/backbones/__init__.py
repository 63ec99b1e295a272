from .openclip import OpenCLIPTextBackbone, OpenCLIPVisionBackbone
from .projected_backbone import ProjectedBackbone

__all__ = ['OpenCLIPTextBackbone', 'OpenCLIPVisionBackbone', 'ProjectedBackbone']
