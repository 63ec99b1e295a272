"""The table of a comparison: terminal, Markdown and CSV."""

import math
from dataclasses import dataclass

import numpy as np
from rich.box import SIMPLE_HEAD
from rich.markup import escape
from rich.table import Table

from ...evaluation import mean_and_deviation
from ...utils.files import write_csv
from .records import COLUMNS, Comparison


@dataclass(frozen=True)
class TableRow:
    """One row: accuracies in percent over the seeds.

    mean, deviation: of ``COLUMNS``; the deviation is nan for one seed.
    epochs: of all stages, None where one does not count in epochs.
    """

    name: str
    mean: tuple[float, ...]
    deviation: tuple[float, ...]
    num_seeds: int
    epochs: int | None


def table_rows(comparison: Comparison) -> list[TableRow]:
    """Average the runs of each row.

    Args:
        comparison (Comparison): what was run or found.

    Returns:
        list[TableRow]: in the order of the rows.
    """
    rows = []
    for name, runs in comparison.runs.items():
        mean, deviation = mean_and_deviation(
            [[run.accuracy[column] for column in COLUMNS] for run in runs]
        )
        rows.append(
            TableRow(
                name, tuple(mean.tolist()), tuple(deviation.tolist()), len(runs), runs[0].epochs
            )
        )
    return rows


def terminal_table(rows: list[TableRow]) -> Table:
    """Build the table for a terminal, best means in bold.

    Args:
        rows (list[TableRow]): at least one.

    Returns:
        Table: for ``Console.print``.
    """
    table = Table(
        title='Accuracy in percent, test set: mean ± sample deviation over seeds',
        box=SIMPLE_HEAD,
        pad_edge=False,
        collapse_padding=True,
    )
    table.add_column('', overflow='fold')
    for column in (*COLUMNS, 'seeds', 'epochs'):
        table.add_column(column, justify='right', no_wrap=True)
    for name, *cells in _cells(rows, '[bold]{}[/]'):
        table.add_row(escape(name), *cells)
    return table


def markdown_table(rows: list[TableRow]) -> str:
    """Format the table in Markdown, best means in bold.

    Args:
        rows (list[TableRow]): at least one.

    Returns:
        str: with a last line feed.
    """
    lines = [
        '| ' + ' | '.join(('row', *COLUMNS, 'seeds', 'epochs')) + ' |',
        '|---' + '|---:' * (len(COLUMNS) + 2) + '|',
    ]
    for name, *cells in _cells(rows, '**{}**'):
        name = name.replace('|', '\\|')
        lines.append('| ' + ' | '.join((name, *cells)) + ' |')
    return '\n'.join(lines) + '\n'


def write_table_csv(rows: list[TableRow], path: str):
    """Write the table with all digits.

    Args:
        rows (list[TableRow]): at least one.
        path (str): the file.
    """
    header = ['row']
    for column in COLUMNS:
        header += [f'{column}_mean', f'{column}_deviation']
    lines = []
    for row in rows:
        line = [row.name]
        for pair in zip(row.mean, row.deviation):
            line += [csv_number(value) for value in pair]
        lines.append([*line, row.num_seeds, '' if row.epochs is None else row.epochs])
    write_csv(path, [*header, 'seeds', 'epochs'], lines)


def csv_number(value: float) -> str:
    """Format a number for CSV; nan is left empty."""
    return '' if math.isnan(value) else f'{value:.6f}'


def _cells(rows: list[TableRow], bold: str) -> list[list[str]]:
    """Format all rows; values that read like the best one are bold too."""
    means = np.array([row.mean for row in rows]).round(1)
    # fmax is silent about columns of nan, which have no best value.
    best = np.fmax.reduce(means, axis=0)
    lines = []
    for row, mean in zip(rows, means):
        cells = [
            bold.format(_cell(*pair)) if value == highest else _cell(*pair)
            for pair, value, highest in zip(zip(row.mean, row.deviation), mean, best)
        ]
        epochs = '-' if row.epochs is None else str(row.epochs)
        lines.append([row.name, *cells, str(row.num_seeds), epochs])
    return lines


def _cell(mean: float, deviation: float) -> str:
    """Format a mean, and the deviation where there is one."""
    if math.isnan(mean):
        return '-'
    text = f'{mean:.1f}'
    return text if math.isnan(deviation) else f'{text} ± {deviation:.1f}'
