"""VL-LTR for MMPretrain: long-tailed recognition guided by text."""
from .version import __version__

__all__ = ['__version__']
