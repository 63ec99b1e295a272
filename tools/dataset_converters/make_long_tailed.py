"""Make a long-tailed data set of any images, in the ImageNet-LT layout.

SOURCE is a folder of class folders or a list of 'path label' lines. Test and
val images are held out first, the same number of every class. Writes
ImageNet_LT_{train,val,test}.txt and labels.txt; images stay where they are.

Example: python tools/dataset_converters/make_long_tailed.py \\
    data/mine/images data/mine --most 500 --imbalance 100 \\
    --val-per-class 10 --test-per-class 30
"""

import argparse
import os.path as osp

from rich.console import Console

from vlltr_mm.apis.list_making.long_tail import (
    PROFILES,
    LongTailConfig,
    make_long_tailed,
    print_long_tail,
)
from vlltr_mm.apis.list_making.splits import ORDERS, read_order
from vlltr_mm.utils.command_line import input_file, not_negative, output_folder, positive, run_tool


def main():
    """Parse, make and print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument('source', help='folder of class folders, or a list')
    parser.add_argument('out', type=output_folder, help='folder of the new files')
    parser.add_argument('--most', type=positive, required=True, help='images of the first class')
    parser.add_argument(
        '--imbalance',
        type=float,
        default=100,
        help='these per image of the last class (default: 100)',
    )
    parser.add_argument('--profile', choices=PROFILES, default=PROFILES[0])
    parser.add_argument('--power', type=float, default=6, help='of pareto (default: 6)')
    parser.add_argument(
        '--order',
        default='label',
        help=f'head to tail: {", ".join(ORDERS)}, or a file with one class '
        'name a line (default: label)',
    )
    parser.add_argument('--val-per-class', type=not_negative, default=0)
    parser.add_argument('--test-per-class', type=not_negative, default=0)
    parser.add_argument('--seed', type=not_negative, default=0)
    parser.add_argument('--labels-file', type=input_file, help="'id index name' lines")
    args = vars(parser.parse_args())
    source, out, labels = (args.pop(k) for k in ('source', 'out', 'labels_file'))
    if osp.isfile(args['order']):
        args['order'] = read_order(args['order'])
    made = make_long_tailed(source, out, LongTailConfig(**args), labels)
    print_long_tail(made, Console())


if __name__ == '__main__':
    run_tool(main)
