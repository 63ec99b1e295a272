"""Classes that a finished model learns by their text, without images."""

from .adding import AddedClasses, add_classes
from .extending import embed_classes, extend_model
from .reading import check_new_classes, read_new_classes

__all__ = [
    'AddedClasses',
    'add_classes',
    'check_new_classes',
    'embed_classes',
    'extend_model',
    'read_new_classes',
]
