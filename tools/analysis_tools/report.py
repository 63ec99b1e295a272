"""Write one HTML page that shows why a long-tailed model is right or wrong.

Example: python tools/analysis_tools/report.py work_dirs/compare/shapes --query spot stick
"""

import argparse
import os.path as osp

from vlltr_mm.apis.reporting import ReportOptions, gather, write_page
from vlltr_mm.utils.command_line import (
    checkpoint_file,
    not_negative,
    output_file,
    positive,
    run_tool,
)


def main():
    """Parse, gather, write."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument('work_dir', help="a finished run's folder, or a comparison's root")
    parser.add_argument('--out', type=output_file, help='the page (WORK_DIR/report.html)')
    parser.add_argument(
        '--row', help='whose images are explained (the first that attends to sentences)'
    )
    parser.add_argument('--seed', type=not_negative, help='which of its runs (the first)')
    parser.add_argument(
        '--images', type=positive, default=3, help='right, and wrong, images of a class (3)'
    )
    parser.add_argument(
        '--most-images', type=not_negative, default=600, help='images of all classes (600)'
    )
    parser.add_argument(
        '--query', nargs='+', default=[], metavar='TEXT', help='texts to find images of'
    )
    parser.add_argument(
        '--text-checkpoint',
        type=checkpoint_file,
        help='stage 1, for --query (that which the run builds on)',
    )
    parser.add_argument('--device', help="such as 'cuda:1' or 'cpu' (a GPU where there is one)")
    args = parser.parse_args()
    out = args.out or output_file(osp.join(args.work_dir, 'report.html'))
    options = ReportOptions(
        args.row,
        args.seed,
        args.images,
        args.most_images,
        args.query,
        args.text_checkpoint,
        args.device,
    )
    gathered = gather(args.work_dir, options)
    size = write_page(out, gathered)
    for part, reason in gathered['left_out'].items():
        print(f'Left out, {part}: {reason}')
    print(f'{out}, {size / 1e6:.1f} MB')


if __name__ == '__main__':
    run_tool(main)
