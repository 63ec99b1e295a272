"""Transforms of images that MMPretrain does not have."""

from .load_readable_image import LoadReadableImage

__all__ = ['LoadReadableImage']
