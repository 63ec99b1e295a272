"""The towers of CLIP, through open_clip."""

from .backbones import OpenCLIPTextBackbone, OpenCLIPVisionBackbone

__all__ = ['OpenCLIPTextBackbone', 'OpenCLIPVisionBackbone']
