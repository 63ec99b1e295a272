from .openclip import OpenCLIPTextBackbone, OpenCLIPVisionBackbone

__all__ = ['OpenCLIPTextBackbone', 'OpenCLIPVisionBackbone']
