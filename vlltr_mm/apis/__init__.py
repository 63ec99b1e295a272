from .anchors import select_anchors
from .feature_cache import use_feature_cache
from .recipe_check import RecipeReport, check_recipe
from .recipe_print import print_report
from .stages import RunOptions, load_config, test, train

__all__ = [
    'RecipeReport', 'RunOptions', 'check_recipe', 'load_config',
    'print_report', 'select_anchors', 'test', 'train', 'use_feature_cache'
]
