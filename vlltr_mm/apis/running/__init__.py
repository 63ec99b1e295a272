"""Train and test configs, stage after stage."""

from .feature_cache import use_feature_cache
from .stages import RunOptions, load_config, test, train

__all__ = ['RunOptions', 'load_config', 'test', 'train', 'use_feature_cache']
