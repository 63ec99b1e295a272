"""Long-tailed data sets from lists on disk."""

from .imagenet_lt import ImageNetLT
from .inaturalist2018 import INaturalist2018
from .places_lt import PlacesLT

__all__ = ['ImageNetLT', 'INaturalist2018', 'PlacesLT']
