"""Transforms of images that MMPretrain does not have."""

from .crop_stack import CropStack
from .load_readable_image import LoadReadableImage
from .shrinking_square_crop import ShrinkingSquareCrop

__all__ = ['CropStack', 'LoadReadableImage', 'ShrinkingSquareCrop']
