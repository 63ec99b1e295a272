"""Make lists without some classes, to add these by text and be tested on them.

Example: python tools/dataset_converters/hold_out_classes.py \\
    data/shapes_lt data/shapes_lt_50 --number 10
"""

import argparse

from vlltr_mm.apis.list_making.held_out import hold_out_classes
from vlltr_mm.utils.command_line import output_folder, positive, run_tool


def main():
    """Parse, write and print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument('root', help='a data set in the layout of ImageNet-LT')
    parser.add_argument('out', type=output_folder, help='new folder for the files')
    parser.add_argument('--number', type=positive, default=10, help='classes to hold out (10)')
    args = parser.parse_args()
    print(f'Held out: {", ".join(hold_out_classes(args.root, args.out, args.number))}.')


if __name__ == '__main__':
    run_tool(main)
