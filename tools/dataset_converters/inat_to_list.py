"""Turn an official iNaturalist JSON into a 'path label' list.

The data set class reads the JSON too; the list is smaller and faster. With
--counts the images per class are written as well: with them val can be
evaluated where the training list is not at hand.

Example: python tools/dataset_converters/inat_to_list.py \\
    data/iNat/train2018.json data/iNat/iNaturalist18_train.txt \\
    --counts data/iNat/iNaturalist18_train_class_counts.json
"""

import argparse
import os.path as osp

from vlltr_mm.apis.list_making.inat import convert_inat
from vlltr_mm.utils.command_line import input_file, output_file, run_tool


def main():
    """Parse, convert and print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument('annotations', type=input_file, help='train2018.json or val2018.json')
    parser.add_argument('out', type=output_file, help='the list to write')
    parser.add_argument(
        '--categories', type=input_file, help='default: categories.json beside annotations'
    )
    parser.add_argument('--counts', type=output_file, help='the JSON of the counts to write')
    args = parser.parse_args()
    categories = args.categories or osp.join(osp.dirname(args.annotations), 'categories.json')
    counts = convert_inat(args.annotations, categories, args.out, args.counts)
    print(
        f'{args.out}: {counts.sum():,} images of {len(counts):,} classes, '
        f'{counts.min()} to {counts.max()} a class; '
        f'{(counts == 0).sum()} classes have none.'
    )


if __name__ == '__main__':
    run_tool(main)
