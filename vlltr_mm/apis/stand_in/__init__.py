"""A CLIP made of an image classifier and text, without images."""

from .image_side import packaged_weights
from .making import StandIn, make_stand_in_clip

__all__ = ['StandIn', 'make_stand_in_clip', 'packaged_weights']
