"""What recipes cost on a GPU, measured and on paper.

The first table has the GPU-hours of the training of one stage of the three
benchmarks, from the steps that tools/benchmarks/gpu_check.py measured on one
GPU, and the loader's rate where that is the limit; validation and
communication are not in them. Without measurements the columns are empty. On 1
GPU stage 1 takes the batch of 8 in chunks.

The second counts every recipe's numbers and operations, and estimates GPU-hours
from these alone, for a card and a share of its peak that you name.

Example: python tools/analysis_tools/cost_table.py vit-b16 --measured gpu.json
"""

import argparse

from _card import add_card, given_card
from mmengine.config import Config
from rich.console import Console
from rich.table import Table

from vlltr_mm.apis.checks.cost import Cost, cost_rows, read_measurements
from vlltr_mm.apis.checks.paper_cost import Card, stage_cost
from vlltr_mm.utils.command_line import run_tool
from vlltr_mm.utils.config_files import list_configs


def main():
    """Parse, estimate and print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        'part', nargs='?', default='', help='of the names (default: all recipes, a minute)'
    )
    parser.add_argument(
        '--measured', metavar='JSON', help='of gpu_check.py; default: configs/gpu_check.json'
    )
    add_card(parser)
    args = parser.parse_args()
    console = Console()
    console.width = max(console.width, 160)
    console.print(measured_table(args.part, args.measured))
    console.print(paper_table(args.part, given_card(args)))


def measured_table(part: str, path: str | None) -> Table:
    """Return what was measured, of recipes whose names have a part."""
    measured = read_measurements(path)
    card = 'not measured yet' if measured is None else f'measured on one {measured.card}'
    table = Table(title=f'Training, {card}', title_justify='left')
    for column in ('config', 'GPU-hours on 1', 'on 8', 'hours on 8', 'images/s and GPU', 'limit'):
        left = column in ('config', 'limit')
        table.add_column(column, justify='left' if left else 'right', no_wrap=column == 'config')
    for row in cost_rows(measured):
        if part in row.config:
            table.add_row(row.config, _text(row.on_one), *_cells(row.on_eight))
    return table


def paper_table(part: str, card: Card) -> Table:
    """Return what is counted, of recipes whose names have a part."""
    table = Table(
        title=f'Training on paper; GPU-hours are an estimate at {card}', title_justify='left'
    )
    for column in (
        *('config', 'trained numbers', 'forward, GFLOPs', 'training, GFLOPs', 'images'),
        *('GPU-hours', 'state, MiB'),
    ):
        left = column == 'config'
        table.add_column(column, justify='left' if left else 'right', no_wrap=True)
    for name, path in list_configs().items():
        if part not in name:
            continue
        cost = stage_cost(Config.fromfile(path))
        hours = cost.gpu_hours(card)
        table.add_row(
            name,
            f'{cost.trained:,}',
            f'{sum(cost.forward.values()) / 1e9:,.4g}',
            f'{cost.training / 1e9:,.4g}',
            '' if cost.images is None else f'{cost.images:,}',
            '' if hours is None else f'{hours:.3g}',
            f'{sum(cost.state.values()) / 2**20:,.0f}',
        )
    return table


def _text(cost: Cost | None) -> str:
    return '' if cost is None else f'{cost.gpu_hours:.3g}'


def _cells(cost: Cost | None) -> tuple[str, ...]:
    if cost is None:
        return ('',) * 4
    return _text(cost), f'{cost.hours:.3g}', f'{cost.images_per_s:,.0f}', cost.limit


if __name__ == '__main__':
    run_tool(main)
