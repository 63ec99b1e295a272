"""Add classes to a finished model by their names and sentences, without images.

NAMES.json holds class name -> list of sentences, or null for the prompt
templates; or a list of names. A config is written beside OUT.

Example: python tools/add_classes.py CONFIG CHECKPOINT names.json \\
    work_dirs/extended/model.pth --text-checkpoint work_dirs/STAGE1/epoch_N.pth
"""

import argparse

from vlltr_mm.apis.new_classes import add_classes
from vlltr_mm.utils.command_line import (
    CfgOptions,
    checkpoint_file,
    input_file,
    output_file,
    run_tool,
)


def main():
    """Parse, add, and say what can be done with it."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument('config', help='config file or its name')
    parser.add_argument('checkpoint', type=checkpoint_file, help='of that config')
    parser.add_argument('names', type=input_file, help='JSON file of the new classes')
    parser.add_argument('out', type=output_file, help='the .pth to write')
    parser.add_argument(
        '--text-checkpoint',
        type=checkpoint_file,
        required=True,
        help='of stage 1, whose text tower embedded the anchors',
    )
    parser.add_argument('--text-config', help="of stage 1 (the config's pretrain_config)")
    offset = parser.add_mutually_exclusive_group()
    offset.add_argument(
        '--offset', type=float, default=0.0, help='added to the logits of the new classes (0)'
    )
    offset.add_argument(
        '--budget',
        type=float,
        metavar='PERCENT',
        help='choose the largest offset that costs so many of the validation images',
    )
    parser.add_argument(
        '--cfg-options', nargs='+', action=CfgOptions, help='settings that replace the config: k=v'
    )
    added = add_classes(**vars(parser.parse_args()))
    for name, number in added.anchors.items():
        print(f'{name}: {number} anchors')
    print(f'Offset of the new classes: {added.offset:.4g}.')
    print(f'Use it by: python tools/predict.py {added.config} {added.checkpoint} IMAGES')


if __name__ == '__main__':
    run_tool(main)
