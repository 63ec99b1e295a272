"""Samplers for long-tailed data."""

from .base import ClassSampler
from .batch_balanced import BatchBalancedSampler
from .class_balanced import ClassBalancedSampler
from .progressively_balanced import ProgressivelyBalancedSampler

__all__ = [
    'BatchBalancedSampler',
    'ClassBalancedSampler',
    'ClassSampler',
    'ProgressivelyBalancedSampler',
]
