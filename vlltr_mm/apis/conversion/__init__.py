"""Weights of other programs to ours, and ours to theirs."""

from .convert import convert_release, export_open_clip
from .light import convert_light
from .merging import merge_tuner
from .report import ConversionReport

__all__ = [
    'ConversionReport',
    'convert_light',
    'convert_release',
    'export_open_clip',
    'merge_tuner',
]
