"""Choose visual_weight and the prior of the text score on validation images.

Nothing is trained, and no test image is looked at. Images go once through
the model; their logits are kept in FOLDER, so that --logits FILE chooses again
without it. Prints the command that tests what was chosen.

Examples:
  python tools/analysis_tools/calibrate.py CONFIG CHECKPOINT
  python tools/analysis_tools/calibrate.py CONFIG    (one that trains nothing)
  python tools/analysis_tools/calibrate.py CONFIG --split train
  python tools/analysis_tools/calibrate.py \\
    --logits work_dirs/NAME/val_logits.safetensors --weights 0 0.25 0.5
"""

import argparse
import os.path as osp

from rich.console import Console

from vlltr_mm.apis import RunOptions, load_config
from vlltr_mm.apis.calibration import (
    calibrate,
    command_to_test,
    load_branch_logits,
    print_calibration,
    record_branch_logits,
    write_calibration,
)
from vlltr_mm.apis.calibration.choosing import WEIGHTS
from vlltr_mm.evaluation.functional.calibration import check_weights
from vlltr_mm.utils.command_line import (
    CfgOptions,
    checkpoint_file,
    input_file,
    not_negative,
    output_folder,
    run_tool,
)


def parse() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument('config', nargs='?', help='config file')
    parser.add_argument('checkpoint', nargs='?', type=checkpoint_file, help='checkpoint file')
    parser.add_argument('--logits', type=input_file, help='instead: logits of an earlier call')
    parser.add_argument(
        '--split',
        choices=['val', 'train'],
        default='val',
        help='train: training images, for the prior alone; the weight of a branch that knows '
        'them cannot be chosen on them (default: val)',
    )
    parser.add_argument(
        '--max-images-per-class',
        type=not_negative,
        help='0 takes all (default: all of val, 20 of train)',
    )
    parser.add_argument('--weights', type=float, nargs='+', default=WEIGHTS, metavar='W')
    parser.add_argument('--out', type=output_folder, help='FOLDER (default: the work dir)')
    parser.add_argument('--cfg-options', nargs='+', action=CfgOptions, help='key=value settings')
    args = parser.parse_args()
    check_weights(args.weights)
    if (args.config is None) == (args.logits is None):
        parser.error('give either a config or --logits.')
    return args


def main():
    """Parse, record or read, choose, print and write."""
    args = parse()
    if args.logits:
        logits, folder = load_branch_logits(args.logits), osp.dirname(args.logits) or '.'
    else:
        options = RunOptions(cfg_options=args.cfg_options)
        folder = load_config(args.config, options).work_dir
        cap = args.max_images_per_class
        cap = 20 if cap is None and args.split == 'train' else cap or None
        logits = record_branch_logits(args.config, args.checkpoint, options, args.split, cap)
    folder = args.out or folder
    if not args.logits:
        logits.save(osp.join(folder, f'{args.split}_logits.safetensors'))
    found = calibrate(logits, args.weights)
    print_calibration(found, logits, Console())
    files = write_calibration(found, folder)
    print(*files.values(), sep='\n')
    print(command_to_test(found, logits, files))


if __name__ == '__main__':
    run_tool(main)
