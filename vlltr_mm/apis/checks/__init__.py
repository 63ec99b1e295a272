"""Checks of recipes and corpora before anything trains."""

from .printing import print_report
from .recipe import RecipeReport, check_recipe

__all__ = ['RecipeReport', 'check_recipe', 'print_report']
