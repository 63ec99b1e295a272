"""Say what a checkpoint sees in images, and which sentences led it there.

Example: python tools/predict.py CONFIG CHECKPOINT photo.jpg folder/ list.txt
"""

import argparse
import sys

from rich.console import Console
from rich.progress import track

from vlltr_mm.apis.inference import Predictor, find_images
from vlltr_mm.apis.inference.writing import (
    print_prediction,
    write_predictions_csv,
    write_predictions_json,
)
from vlltr_mm.utils.command_line import (
    CfgOptions,
    not_negative,
    optional_checkpoint,
    output_file,
    positive,
    run_tool,
)


def main():
    """Parse, predict, print, write."""
    args = build_parser().parse_args()
    images = find_images(args.images)
    predictor = Predictor(args.config, args.checkpoint, args.device, args.cfg_options)
    results = predictor(images, args.topk, args.sentences, args.batch_size, args.num_workers)
    progress = Console(stderr=True)
    found, kept = 0, []
    for result in track(results, 'Predicting', len(images), console=progress, transient=True):
        found += 1
        if not args.quiet:
            print_prediction(result, Console())
        if args.json or args.csv:
            kept.append(result)
    if args.json:
        write_predictions_json(args.json, kept, predictor.skipped)
    if args.csv:
        write_predictions_csv(args.csv, kept)
    for path, fault in predictor.skipped.items():
        print(f"Skipped '{path}': {fault}.", file=sys.stderr)
    print(f'{found} of {len(images)} images, {len(predictor.skipped)} skipped.', file=sys.stderr)
    sys.exit(0 if found else 1)


def build_parser() -> argparse.ArgumentParser:
    """Make the parser."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument('config', help='config file or its name')
    parser.add_argument(
        'checkpoint',
        type=optional_checkpoint,
        help="checkpoint file; '' for a config that trains nothing",
    )
    parser.add_argument('images', nargs='+', help='images, folders, or .txt lists of images')
    parser.add_argument('--topk', type=positive, default=5, help='classes per image (5)')
    parser.add_argument(
        '--sentences', type=not_negative, default=3, help='sentences per class (3); 0 shows none'
    )
    parser.add_argument('--json', type=output_file, help='file for all predictions')
    parser.add_argument('--csv', type=output_file, help='file for a line per image and class')
    parser.add_argument('--quiet', action='store_true', help='print no table')
    parser.add_argument('--batch-size', type=positive, default=32, help='images at a time (32)')
    parser.add_argument(
        '--num-workers', type=not_negative, default=0, help='processes that read images (0)'
    )
    parser.add_argument('--device', help="such as 'cuda:1' or 'cpu' (a GPU where there is one)")
    parser.add_argument(
        '--cfg-options', nargs='+', action=CfgOptions, help='settings that replace the config: k=v'
    )
    return parser


if __name__ == '__main__':
    run_tool(main)
