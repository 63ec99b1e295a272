"""The configs of a new recipe: a dozen lines each, on bases that lie beside them."""

import os
import os.path as osp
import shutil

from mmengine.config import Config

from ...utils.config_files import configs_folder
from ...utils.files import open_whole
from .choices import Choices
from .rows import DATA, ROWS, Places, RecipeRows, RecipeText
from .towers import Towers


def write_configs(
    target: str,
    places: Places,
    towers: Towers,
    choices: Choices,
    text: RecipeText,
    num_classes: int,
    origin: str,
    num_workers: int,
):
    """Write the configs of all rows, and copies of the bases that they have.

    Args:
        target (str): the folder to write to, which later is ``places.folder``.
        places (Places): what the configs name.
        towers (Towers): of the recipe.
        choices (Choices): likewise.
        text (RecipeText): likewise.
        num_classes (int): C.
        origin (str): what the images were read from, for the header.
        num_workers (int): loader processes of each GPU.
    """
    recipe = RecipeRows(places, towers, choices, text, num_classes)
    files = {DATA: recipe.data(origin, num_workers)}
    files.update({f'{row}_{places.name}.py': getattr(recipe, row)() for row in ROWS})
    for name, content in files.items():
        with open_whole(osp.join(target, name)) as file:
            file.write(content)
    for name in files:
        _copy_bases(target, name)


def _copy_bases(target: str, name: str):
    """Copy what a config of the folder is based on, and what that is based on."""
    folder = osp.dirname(name)
    for base in Config._get_base_files(osp.join(target, name)):
        copy = osp.normpath(osp.join(folder, base))
        path = osp.join(target, copy)
        if not osp.isfile(path):
            os.makedirs(osp.dirname(path), exist_ok=True)
            shutil.copyfile(configs_folder() / copy, path)
        _copy_bases(target, copy)
