"""Train and test configs, stage after stage."""

from .config import RunOptions, find_config, load_config
from .feature_cache import use_feature_cache
from .handover import stage_outputs
from .stages import test, train
from .test_time_ensemble import use_test_time_ensemble

__all__ = [
    'RunOptions',
    'find_config',
    'load_config',
    'stage_outputs',
    'test',
    'train',
    'use_feature_cache',
    'use_test_time_ensemble',
]
