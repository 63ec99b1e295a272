"""Samplers for long-tailed data."""
from .class_balanced import ClassBalancedSampler

__all__ = ['ClassBalancedSampler']
