"""The table of a comparison: terminal, Markdown and CSV."""

import math
from collections.abc import Sequence
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
    epochs: of all stages, None where one does not count in epochs. seconds: of
    a run on the average, None where they are not known of all.
    """

    name: str
    mean: tuple[float, ...]
    deviation: tuple[float, ...]
    num_seeds: int
    epochs: int | None
    seconds: float | None = None


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
        known = all(run.seconds is not None for run in runs)
        rows.append(
            TableRow(
                name,
                tuple(mean.tolist()),
                tuple(deviation.tolist()),
                len(runs),
                runs[0].epochs,
                sum(run.seconds for run in runs) / len(runs) if known else None,
            )
        )
    return rows


def terminal_table(rows: list[TableRow], unit: str = 'seeds') -> Table:
    """Build the table for a terminal, best means in bold.

    Args:
        rows (list[TableRow]): at least one.
        unit (str): what was repeated. Defaults to 'seeds'.

    Returns:
        Table: for ``Console.print``.
    """
    table = Table(
        title=f'Accuracy in percent, test set: mean ± sample deviation over {unit}',
        box=SIMPLE_HEAD,
        pad_edge=False,
        collapse_padding=True,
    )
    table.add_column('', overflow='fold')
    for column in (*COLUMNS, unit, 'epochs', 's'):  # short, for a narrow terminal
        table.add_column(column, justify='right', no_wrap=True)
    for name, *cells in _cells(rows, '[bold]{}[/]'):
        table.add_row(escape(name), *cells)
    return table


def markdown_table(rows: list[TableRow], unit: str = 'seeds') -> str:
    """Format the table in Markdown, best means in bold.

    Args:
        rows (list[TableRow]): at least one.
        unit (str): what was repeated. Defaults to 'seeds'.

    Returns:
        str: with a last line feed.
    """
    lines = [
        '| ' + ' | '.join(('row', *COLUMNS, unit, 'epochs', 'seconds')) + ' |',
        '|---' + '|---:' * (len(COLUMNS) + 3) + '|',
    ]
    for name, *cells in _cells(rows, '**{}**'):
        name = name.replace('|', '\\|')
        lines.append('| ' + ' | '.join((name, *cells)) + ' |')
    return '\n'.join(lines) + '\n'


def write_table_csv(rows: list[TableRow], path: str, unit: str = 'seeds'):
    """Write the table with all digits.

    Args:
        rows (list[TableRow]): at least one.
        path (str): the file.
        unit (str): what was repeated. Defaults to 'seeds'.
    """
    header = ['row']
    for column in COLUMNS:
        header += [f'{column}_mean', f'{column}_deviation']
    lines = []
    for row in rows:
        line = [row.name]
        for pair in zip(row.mean, row.deviation):
            line += [csv_number(value) for value in pair]
        costs = (row.epochs, None if row.seconds is None else round(row.seconds, 1))
        lines.append([*line, row.num_seeds, *('' if cost is None else cost for cost in costs)])
    write_csv(path, [*header, unit, 'epochs', 'seconds'], lines)


def csv_number(value: float) -> str:
    """Format a number for CSV; nan is left empty."""
    return '' if math.isnan(value) else f'{value:.6f}'


def _cells(rows: list[TableRow], bold: str) -> list[list[str]]:
    """Format all rows; values that read like the best one are bold too."""
    marked = mark_best([row.mean for row in rows], [row.deviation for row in rows], bold)
    lines = []
    for row, cells in zip(rows, marked):
        costs = ('-' if cost is None else f'{cost:.0f}' for cost in (row.epochs, row.seconds))
        lines.append([row.name, *cells, str(row.num_seeds), *costs])
    return lines


def mark_best(
    means: Sequence, deviations: Sequence, bold: str, signs: Sequence[int] = (1,)
) -> list[list[str]]:
    """Format means and deviations; what reads like the best of its column is bold.

    Args:
        means (Sequence): (R, K) of R rows; nan has no value.
        deviations (Sequence): (R, K); nan is left out.
        bold (str): how, with ``{}`` for the text.
        signs (Sequence[int]): (K,) -1 where the lowest is best. Defaults to
            (1,), the highest in all columns.

    Returns:
        list[list[str]]: (R, K) cells.
    """
    reads = np.round(means, 1) * signs
    # fmax is silent about columns of nan, which have no best value.
    best = np.fmax.reduce(reads, axis=0)
    return [
        [
            bold.format(_cell(*pair)) if value == highest else _cell(*pair)
            for pair, value, highest in zip(zip(mean, deviation), read, best)
        ]
        for mean, deviation, read in zip(means, deviations, reads)
    ]


def _cell(mean: float, deviation: float) -> str:
    """Format a mean, and the deviation where there is one."""
    if math.isnan(mean):
        return '-'
    text = f'{mean:.1f}'
    return text if math.isnan(deviation) else f'{text} ± {deviation:.1f}'
