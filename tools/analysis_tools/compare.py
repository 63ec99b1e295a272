"""Train and test several configs over several seeds, side by side.

Finished runs are kept, unfinished ones resume. Rows are named by the config's
row_name, or by its file. Exit status 1: a run failed.

Example: python tools/analysis_tools/compare.py \\
    configs/demo/vlltr_tiny_shapes_lt.py \\
    configs/demo/baselines/ce_tiny_shapes_lt.py \\
    --seeds 0 1 2 --root work_dirs/compare/shapes
"""

import argparse
import sys

from vlltr_mm.apis.comparison import (
    check_reference,
    collect_comparison,
    print_comparison,
    row_names,
    run_comparison,
    write_comparison,
)
from vlltr_mm.utils.command_line import CfgOptions, not_negative, output_folder, run_tool


def main():
    """Parse, run or collect, print and write."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument('configs', nargs='+', help='a config file per row')
    parser.add_argument('--seeds', type=not_negative, nargs='+', default=[0])
    parser.add_argument(
        '--root', type=output_folder, default='work_dirs/compare', help='where the runs are'
    )
    parser.add_argument('--collect', action='store_true', help='run nothing, gather finished runs')
    parser.add_argument(
        '--out', type=output_folder, help='where tables and plots go (default: the root)'
    )
    parser.add_argument(
        '--reference', metavar='ROW', help='that the others are compared with (default: the first)'
    )
    parser.add_argument(
        '--cfg-options',
        nargs='+',
        action=CfgOptions,
        help='settings that replace those of every config: key=value',
    )
    args = parser.parse_args()
    compare = collect_comparison if args.collect else run_comparison
    rows = row_names(args.configs)
    check_reference(args.reference, rows)
    comparison = compare(rows, args.seeds, args.root, args.cfg_options)
    print_comparison(comparison, reference=args.reference)
    for file in write_comparison(comparison, args.out or args.root, args.reference):
        print(file)
    sys.exit(bool(comparison.failures))


if __name__ == '__main__':
    run_tool(main)
