"""The demo's two data sets of drawn shapes."""

from .data_sets import ShapesConfig, make_demo_data

__all__ = ['ShapesConfig', 'make_demo_data']
