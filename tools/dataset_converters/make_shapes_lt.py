"""Make the demo data: long-tailed shapes_lt, and shapes_clip of other shapes.

Example: python tools/dataset_converters/make_shapes_lt.py --out data
"""

import argparse
from dataclasses import asdict

from shapes_lt import ShapesConfig, make_demo_data

from vlltr_mm.utils.command_line import not_negative, output_folder, run_tool


def main():
    """Parse and run."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument('--out', type=output_folder, default='data', help='folder around both')
    for name, value in asdict(ShapesConfig()).items():
        parser.add_argument(
            f'--{name.replace("_", "-")}',
            type=not_negative,
            default=value,
            help=f'default: {value}',
        )
    args = vars(parser.parse_args())
    make_demo_data(args.pop('out'), ShapesConfig(**args))


if __name__ == '__main__':
    run_tool(main)
