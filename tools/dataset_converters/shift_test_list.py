"""Make test lists that are long-tailed as the training is, and the other way round.

Of a balanced test list the tool writes NAME_forward2.txt to NAME_forward50.txt
and NAME_backward2.txt to NAME_backward50.txt, as SADE's test-agnostic
evaluation has them.

Example: python tools/dataset_converters/shift_test_list.py \\
    data/cifar100_lt/CIFAR100_LT_test.txt data/cifar100_lt/CIFAR100_LT_train.txt \\
    data/cifar100_lt
"""

import argparse

from vlltr_mm.apis.list_making.shifted import RATIOS, shift_test_list
from vlltr_mm.utils.command_line import input_file, not_negative, positive, run_tool


def main():
    """Parse, write and print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument('test_list', type=input_file, help="'path label' lines")
    parser.add_argument('counts', type=input_file, help='the training list, or a JSON of counts')
    parser.add_argument('out', help='folder for the lists')
    parser.add_argument('--ratios', type=positive, nargs='+', default=RATIOS, help='2 5 10 25 50')
    parser.add_argument('--seed', type=not_negative, default=0, help='of the choice (0)')
    args = parser.parse_args()
    made = shift_test_list(args.test_list, args.counts, args.out, args.ratios, args.seed)
    for path, counts in made.items():
        print(f'{path}: {counts.sum():,} images, {counts.max()} to {counts.min()} a class.')


if __name__ == '__main__':
    run_tool(main)
