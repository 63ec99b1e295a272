from .choices import TRAININGS
from .making import Recipe, RecipeOptions, make_recipe
from .summary import next_commands, print_recipe

__all__ = ['TRAININGS', 'Recipe', 'RecipeOptions', 'make_recipe', 'next_commands', 'print_recipe']
