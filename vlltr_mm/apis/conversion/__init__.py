"""Weights of other programs to ours, and ours to theirs."""

from .convert import convert_release, export_open_clip
from .report import ConversionReport

__all__ = ['ConversionReport', 'convert_release', 'export_open_clip']
