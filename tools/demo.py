"""Make the demo data, train VL-LTR and its baselines, print and draw all rows.

More seeds:  python tools/demo.py --seeds 0 1 2
"""

import argparse
import sys

from dataset_converters.shapes_lt import make_demo_data
from rich.console import Console

from vlltr_mm.apis.comparison import (
    print_comparison,
    reading_line,
    run_comparison,
    write_comparison,
)
from vlltr_mm.utils.command_line import not_negative, output_folder, run_tool

CONFIGS = {
    'Cross entropy': 'configs/demo/baselines/ce_tiny_shapes_lt.py',
    'Logit adjustment': 'configs/demo/baselines/la_tiny_shapes_lt.py',
    'VL-LTR': 'configs/demo/vlltr_tiny_shapes_lt.py',
    'Additive + LA': 'configs/demo/additive_tiny_shapes_lt.py',
}
WITH_TEXT = ('VL-LTR', 'Additive + LA')
_NOTE = (
    'These towers began from scratch, with drawn shapes; what text adds to a '
    'tower that knows language: docs/results.md.'
)


def main():
    """Parse, run, print and draw."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument('--seeds', type=not_negative, nargs='+', default=[0])
    parser.add_argument('--root', type=output_folder, default='work_dirs/demo')
    args = parser.parse_args()
    make_demo_data('data', names=['shapes_lt'])
    comparison = run_comparison(CONFIGS, args.seeds, args.root)
    console = Console()
    print_comparison(comparison, console)
    if not comparison.failures:
        line = reading_line(comparison, 'Cross entropy', WITH_TEXT)
        console.print(f'{line} {_NOTE}', highlight=False)
    for file in write_comparison(comparison, args.root):
        if file.endswith('.png'):
            console.print(file, highlight=False, soft_wrap=True)
    sys.exit(bool(comparison.failures))


if __name__ == '__main__':
    run_tool(main)
