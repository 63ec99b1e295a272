from .anchors import select_anchors
from .stages import RunOptions, load_config, test, train

__all__ = ['RunOptions', 'load_config', 'select_anchors', 'test', 'train']
