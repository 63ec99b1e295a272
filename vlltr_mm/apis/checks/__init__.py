"""Checks of recipes and corpora before anything trains."""

from .paper_cost import Card, recipe_cost
from .printing import print_paper_cost, print_report
from .recipe import RecipeReport, check_recipe

__all__ = [
    'Card',
    'RecipeReport',
    'check_recipe',
    'print_paper_cost',
    'print_report',
    'recipe_cost',
]
