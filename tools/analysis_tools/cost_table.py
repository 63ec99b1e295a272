"""What the recipes of the three benchmarks cost on a GPU.

GPU-hours of the training of one stage, from the steps that
tools/benchmarks/gpu_check.py measured on one GPU, and the loader's rate where
that is the limit; validation and communication are not in them. Without
measurements the columns are empty. On 1 GPU stage 1 takes the batch of 8 in
chunks.

Example: python tools/analysis_tools/cost_table.py --measured gpu.json
"""

import argparse

from rich.console import Console
from rich.table import Table

from vlltr_mm.apis.checks.cost import Cost, cost_rows, read_measurements
from vlltr_mm.utils.command_line import run_tool


def main():
    """Parse, estimate and print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        '--measured', metavar='JSON', help='of gpu_check.py; default: configs/gpu_check.json'
    )
    measured = read_measurements(parser.parse_args().measured)
    card = 'not measured yet' if measured is None else f'measured on one {measured.card}'
    table = Table(title=f'Training, {card}', title_justify='left')
    for column in ('config', 'GPU-hours on 1', 'on 8', 'hours on 8', 'images/s and GPU', 'limit'):
        left = column in ('config', 'limit')
        table.add_column(column, justify='left' if left else 'right', no_wrap=column == 'config')
    for row in cost_rows(measured):
        table.add_row(row.config, _text(row.on_one), *_cells(row.on_eight))
    console = Console()
    console.width = max(console.width, 110)
    console.print(table)


def _text(cost: Cost | None) -> str:
    return '' if cost is None else f'{cost.gpu_hours:.3g}'


def _cells(cost: Cost | None) -> tuple[str, ...]:
    if cost is None:
        return ('',) * 4
    return _text(cost), f'{cost.hours:.3g}', f'{cost.images_per_s:,.0f}', cost.limit


if __name__ == '__main__':
    run_tool(main)
