"""The towers of CLIP, through open_clip."""

from .text import OpenCLIPTextBackbone
from .vision import OpenCLIPVisionBackbone

__all__ = ['OpenCLIPTextBackbone', 'OpenCLIPVisionBackbone']
