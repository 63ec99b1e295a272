"""Make a recipe of your own images and text: lists, configs, checks, pictures.

Images are class folders, with or without folders of splits above, or lists:
'path label' lines, CSV or TSV with a header, COCO-style or iNaturalist JSON.
The new folder gets labels.txt, lists, four configs (stages 1 and 2, logit
adjustment without text, zero-shot) and a summary. Nothing is overwritten.
Exit status 1: the checks found a problem.

Examples: python tools/new_recipe.py --images data/birds/images --kind bird \\
    --tower ViT-B-16-quickgelu --pretrained data/clip/ViT-B-16.pt \\
    --text data/birds/wiki data/birds/sentences.json --out data/birds/recipe
  python tools/new_recipe.py --images data/wild --lists data/wild/labels.csv \\
    --tower ViT-B-16-quickgelu --pretrained openai --out data/wild/recipe
"""

import argparse
import sys

from rich.console import Console

from vlltr_mm.apis.recipe_making import TRAININGS, RecipeOptions, make_recipe, print_recipe
from vlltr_mm.utils.command_line import (
    input_file,
    not_negative,
    output_folder,
    positive,
    run_tool,
    share_or_number,
)


def main():
    """Parse, make and print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    add = parser.add_argument
    add('--images', help='folder of class folders, or that which the lists start from')
    add('--lists', nargs='+', default=[], help='files, also as train=FILE val=FILE test=FILE')
    add('--names', type=input_file, help='file of class names, unless folders are the names')
    add('--tower', required=True, help='architecture of open_clip, its JSON, or a stage-1 config')
    add('--pretrained', help='its weights: a file or a tag')
    add('--tokenizer', type=input_file, help="tokenizer.json, unless it is CLIP's")
    add('--pad-token', help='of it, where no file beside it says so')
    add('--image-size', type=positive, help="edge in pixels (default: the tower's)")
    add('--text', nargs='+', default=[], help='folders of desc_{index}.txt, JSON files')
    add('--prompts', nargs='+', default=[], help="a set, a file, or templates with '{}'")
    add('--kind', help="what the classes are, such as 'bird': a type of …")
    add('--val', type=share_or_number, help='of each class: a share, or a number of images')
    add('--test', type=share_or_number, help='likewise')
    add('--seed', type=not_negative, default=0, help='of what is held out')
    add('--training', choices=TRAININGS, help='of the image tower')
    add('--epochs', type=not_negative, nargs=2, metavar=('STAGE1', 'STAGE2'))
    add('--batch-size', type=positive)
    add('--num-anchors', type=positive, help='sentences of each class, at most')
    add('--gpus', type=not_negative, help='of the planned run (default: of this machine)')
    add('--num-workers', type=not_negative, help='loader processes of each GPU')
    add('--all-files', action='store_true', help='look at every image, not at 2000')
    add('--decode', action='store_true', help='open every image')
    add('--drop-damaged', action='store_true', help='leave damaged images out')
    add('--out', type=output_folder, required=True, help='new folder')
    args = vars(parser.parse_args())
    whole = args.pop('all_files') or args['decode']
    args['epochs'] = tuple(args['epochs']) if args['epochs'] else None
    num_files = None if whole else 2000
    recipe = make_recipe(RecipeOptions(**args, num_files=num_files))
    print_recipe(recipe, Console(record=True))
    sys.exit(bool(recipe.problems))


if __name__ == '__main__':
    run_tool(main)
