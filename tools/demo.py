"""Make the demo data, train VL-LTR and its baseline, print both.

More seeds:  python tools/demo.py --seeds 0 1 2
"""

import argparse
import sys

from dataset_converters.shapes_lt import make_demo_data

from vlltr_mm.apis.comparison import print_comparison, run_comparison
from vlltr_mm.utils.command_line import not_negative, output_folder, run_tool

CONFIGS = {
    'CE baseline': 'configs/demo/baselines/ce_tiny_shapes_lt.py',
    'VL-LTR': 'configs/demo/vlltr_tiny_shapes_lt.py',
}


def main():
    """Parse and run."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument('--seeds', type=not_negative, nargs='+', default=[0])
    parser.add_argument('--root', type=output_folder, default='work_dirs/demo')
    args = parser.parse_args()
    make_demo_data('data')
    comparison = run_comparison(CONFIGS, args.seeds, args.root)
    print_comparison(comparison)
    sys.exit(bool(comparison.failures))


if __name__ == '__main__':
    run_tool(main)
