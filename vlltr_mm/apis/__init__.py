from .anchors import select_anchors
from .recipe_check import RecipeReport, check_recipe
from .recipe_print import print_report
from .stages import RunOptions, test, train

__all__ = [
    'RecipeReport', 'RunOptions', 'check_recipe', 'print_report',
    'select_anchors', 'test', 'train'
]
