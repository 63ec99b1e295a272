from .anchors import select_anchors
from .conversion import convert_release, export_open_clip
from .conversion_report import ConversionReport
from .feature_cache import use_feature_cache
from .recipe_check import RecipeReport, check_recipe
from .recipe_print import print_report
from .stages import RunOptions, load_config, test, train

__all__ = [
    'ConversionReport', 'RecipeReport', 'RunOptions', 'check_recipe',
    'convert_release', 'export_open_clip', 'load_config', 'print_report',
    'select_anchors', 'test', 'train', 'use_feature_cache'
]
