"""Print a comparison, and write its table, plots and numbers."""

import os.path as osp
from collections.abc import Sequence

import numpy as np
from rich.console import Console
from rich.markup import escape

from ...evaluation import ClassSplits, mean_and_deviation, smooth_over_counts
from ...utils.files import open_whole, write_csv
from ...visualization import plot_accuracy_over_counts, plot_split_accuracy, plot_split_confusion
from .more import more_rows, without_confidence
from .records import COLUMNS, METRICS_FILE, PREDICTIONS_FILE, Comparison
from .sheets import BOLD, make_sheets, write_differences_csv, write_more_csv
from .table import csv_number, markdown_table, table_rows, terminal_table, write_table_csv

FILES = (
    'table.md',
    'table.csv',
    'more.csv',
    'differences.csv',
    'split_accuracy.png',
    'accuracy_over_counts.png',
    'accuracy_over_counts.csv',
    'class_accuracy.csv',
    'split_confusion.png',
    'split_confusion.csv',
)
_TABLE_FILES = FILES[:5]  # what write_table writes
_CURVE_POINTS = 101
_BANDWIDTH = 0.15  # powers of ten
_NOTE = f'lines: Gaussian kernel mean over log10 of the count, bandwidth {_BANDWIDTH}'


def print_comparison(
    comparison: Comparison,
    console: Console | None = None,
    unit: str = 'seeds',
    reference: str | None = None,
):
    """Print the tables, and below them what is missing and what failed.

    Args:
        comparison (Comparison): what was run or found.
        console (Console, optional): Defaults to None, the terminal.
        unit (str): what was repeated. Defaults to 'seeds'.
        reference (str, optional): the row that the others are compared with.
            Defaults to None, the first.
    """
    console = console or Console()
    if comparison.runs:
        console.print(terminal_table(table_rows(comparison), unit))
        for sheet in make_sheets(comparison, BOLD['terminal'], unit, reference):
            console.print(sheet.terminal())
        for note in _notes(comparison, reference):
            console.print(escape(note), highlight=False, soft_wrap=True)
    else:
        console.print('No run has finished.')
    for title, troubles in (
        ('Missing', comparison.missing),
        ('[red]Failed[/]', comparison.failures),
    ):
        for trouble in troubles:
            console.print(
                f'{title}: {escape(trouble.name)}, seed {trouble.seed}: {escape(trouble.message)}',
                highlight=False,
                soft_wrap=True,
            )


def _notes(comparison: Comparison, reference: str | None) -> list[str]:
    """Say why numbers are missing, and how to get them."""
    notes, without = [], without_confidence(comparison)
    if without:
        names = 'any row' if len(without) == len(comparison.runs) else ', '.join(without)
        notes.append(
            f"No ECE of {names}: a {PREDICTIONS_FILE} has no column 'confidence'. Earlier versions "
            'did not write it, and scores that are no probabilities do not give it. Remove the '
            f'{METRICS_FILE} beside it and run the comparison again: it tests without training.'
        )
    if reference is not None and reference not in comparison.runs:
        notes.append(f'No differences: the row {reference} has no finished run.')
    return notes


def write_comparison(comparison: Comparison, out: str, reference: str | None = None) -> list[str]:
    """Write tables and plots, each plot's numbers in a CSV beside it.

    Args:
        comparison (Comparison): what was run or found.
        out (str): the folder; it is made.
        reference (str, optional): the row that the others are compared with.
            Defaults to None, the first.

    Returns:
        list[str]: the files, none where no run has finished.
    """
    if not write_table(comparison, out, reference=reference):
        return []
    splits = next(iter(comparison.runs.values()))[0].protocol.splits
    _write_counts(comparison, splits, out)
    _write_confusion(comparison, splits, out)
    return [osp.join(out, name) for name in FILES]


def write_table(
    comparison: Comparison, out: str, unit: str = 'seeds', reference: str | None = None
) -> list[str]:
    """Write the tables, and the plot of the first.

    Args:
        comparison (Comparison): what was run or found; its runs may have
            training counts of their own.
        out (str): the folder; it is made.
        unit (str): what was repeated. Defaults to 'seeds'.
        reference (str, optional): the row that the others are compared with.
            Defaults to None, the first.

    Returns:
        list[str]: the files, none where no run has finished.
    """
    if not comparison.runs:
        return []
    rows = table_rows(comparison)
    files = [osp.join(out, name) for name in _TABLE_FILES]
    sheets = make_sheets(comparison, BOLD['markdown'], unit, reference)
    notes = [f'{note}\n' for note in _notes(comparison, reference)]
    with open_whole(files[0]) as file:
        file.write('\n'.join((markdown_table(rows, unit), *(s.markdown() for s in sheets), *notes)))
    write_table_csv(rows, files[1], unit)
    write_more_csv(more_rows(comparison), files[2])
    write_differences_csv(comparison, files[3], unit, reference)
    plot_split_accuracy({row.name: (row.mean, row.deviation) for row in rows}, COLUMNS, files[4])
    return files


def _write_counts(comparison: Comparison, splits: ClassSplits, out: str):
    """Draw class accuracy over training images, a smooth line per row."""
    counts = np.array(splits.counts)
    seen = counts[counts > 0]
    grid = np.geomspace(seen.min(), seen.max(), _CURVE_POINTS) if seen.size else np.empty(0)
    classes, curves = {}, {}
    for name, runs in comparison.runs.items():
        by_seed = [splits.class_accuracy(run.predicted, run.labels) for run in runs]
        classes[name] = mean_and_deviation(by_seed)
        curves[name] = mean_and_deviation(
            [smooth_over_counts(values, counts, grid, _BANDWIDTH) for values in by_seed]
        )
    plot_accuracy_over_counts(
        grid,
        curves,
        counts,
        {name: mean for name, (mean, _) in classes.items()},
        splits.thresholds,
        _NOTE,
        osp.join(out, 'accuracy_over_counts.png'),
    )
    _write_series(
        osp.join(out, 'accuracy_over_counts.csv'),
        ('train_count',),
        [(f'{count:.4f}',) for count in grid],
        curves,
    )
    _write_series(
        osp.join(out, 'class_accuracy.csv'),
        ('class', 'train_count'),
        list(enumerate(counts)),
        classes,
    )


def _write_series(path: str, columns: Sequence[str], keys: list[tuple], series: dict[str, tuple]):
    """Write mean and deviation of each row at each key."""
    write_csv(
        path,
        ('row', *columns, 'mean', 'deviation'),
        (
            (name, *key, csv_number(mean), csv_number(deviation))
            for name, (means, deviations) in series.items()
            for key, mean, deviation in zip(keys, means, deviations)
        ),
    )


def _write_confusion(comparison: Comparison, splits: ClassSplits, out: str):
    """Draw which splits the samples of each split are predicted as."""
    matrices = {
        name: mean_and_deviation([splits.confusion(run.predicted, run.labels) for run in runs])
        for name, runs in comparison.runs.items()
    }
    plot_split_confusion(
        {name: mean for name, (mean, _) in matrices.items()},
        list(splits.masks),
        osp.join(out, 'split_confusion.png'),
    )
    cells = [(true, predicted) for true in splits.masks for predicted in splits.masks]
    _write_series(
        osp.join(out, 'split_confusion.csv'),
        ('true', 'predicted'),
        cells,
        {name: (mean.ravel(), deviation.ravel()) for name, (mean, deviation) in matrices.items()},
    )
