"""Test a checkpoint. Nothing but the config and the checkpoint is needed.

Example: python tools/test.py CONFIG CHECKPOINT --out metrics.json
A config that trains nothing, such as zero-shot, needs no checkpoint.
"""

import argparse
import os.path as osp

import mmengine
from _arguments import common_parser, run_options
from mmengine.dist import master_only

from vlltr_mm.apis import test
from vlltr_mm.utils.command_line import optional_checkpoint, output_file, positive, run_tool

# What MMEngine writes of each.
ENDINGS = dict(pred=('.pkl', '.pickle'), metrics=('.json', '.yaml', '.yml'))


def main():
    """Parse, run, and write what was asked for."""
    parser = common_parser(__doc__)
    parser.add_argument('checkpoint', nargs='?', type=optional_checkpoint, help='checkpoint file')
    parser.add_argument('--out', type=output_file, help='file for the results')
    parser.add_argument(
        '--out-item',
        choices=['metrics', 'pred'],
        help="what goes to --out: 'metrics' (default for .json) or the predictions "
        "(default for .pkl, as MMPretrain's analysis tools read them)",
    )
    parser.add_argument(
        '--tte',
        nargs='?',
        const=5,
        type=int,
        choices=[5, 10],
        metavar='CROPS',
        help='test-time ensembling: the mean over this many crops of each image (5 where none is '
        'given; 10 with mirror images)',
    )
    parser.add_argument(
        '--tte-average',
        choices=['logits', 'scores'],
        default='logits',
        help='what the mean is of (default: logits)',
    )
    parser.add_argument(
        '--tte-shift',
        type=positive,
        metavar='PIXELS',
        help='by how much the crops differ (default: 1.5 patches of a ViT, 3/28 of the size of '
        'other networks)',
    )
    args = parser.parse_args()
    item = out_item(parser, args)
    predictions = args.out if item == 'pred' else None
    metrics = test(args.config, args.checkpoint, run_options(args), predictions)
    if item == 'metrics':
        master_only(mmengine.dump)(metrics, args.out, indent=2)


def out_item(parser: argparse.ArgumentParser, args: argparse.Namespace) -> str | None:
    """Return what goes to ``--out``, or refuse a name that it cannot have."""
    if args.out is None:
        if args.out_item:
            parser.error('--out-item says what goes to --out; give --out too.')
        return None
    ending = osp.splitext(args.out)[1]
    item = args.out_item or ('pred' if ending in ENDINGS['pred'] else 'metrics')
    if ending not in ENDINGS[item]:
        parser.error(
            f"--out is '{args.out}'; {item} can be written to a name that ends in "
            f'{", ".join(ENDINGS[item])}'
            + ('.' if args.out_item else '; --out-item pred to .pkl or .pickle.')
        )
    return item


if __name__ == '__main__':
    run_tool(main)
