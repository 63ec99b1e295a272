"""The tables below that of the accuracies: terminal, Markdown and CSV."""

import math
from dataclasses import dataclass, replace

from rich.box import SIMPLE_HEAD
from rich.markup import escape
from rich.table import Table

from ...evaluation.functional.class_splits import SPLITS
from ...evaluation.functional.reliability import BINS
from ...utils.files import write_csv
from .differences import COMPARED, Difference, find_differences
from .more import LOWER_IS_BETTER, MEASURES, MoreRow, more_rows, other_rule, rules_agree
from .records import Comparison
from .table import csv_number, mark_best

BOLD = dict(terminal='[bold]{}[/]', markdown='**{}**')


@dataclass(frozen=True)
class Sheet:
    """A table with its title and what to know of it.

    columns: without that of the row names. rows: (name, cells); a cell may
    have several lines, and the marks of what is bold. spare: columns that a
    narrow terminal has no room for.
    """

    title: str
    columns: tuple[str, ...]
    rows: list[tuple[str, list[str]]]
    note: str
    spare: tuple[str, ...] = ()

    def terminal(self) -> Table:
        """Build the table for ``Console.print``."""
        table = Table(
            title=escape(self.title),
            caption=escape(self.note),
            caption_justify='left',
            box=SIMPLE_HEAD,
            pad_edge=False,
            collapse_padding=True,
        )
        table.add_column('', overflow='fold')
        shown = [n for n, column in enumerate(self.columns) if column not in self.spare]
        for n in shown:
            table.add_column(self.columns[n], justify='right', no_wrap=True)
        for name, cells in self.rows:
            table.add_row(escape(name), *(cells[n] for n in shown))
        return table

    def markdown(self) -> str:
        """Format title, table and note in Markdown."""
        lines = [f'**{self.title}**', '', '| ' + ' | '.join(('row', *self.columns)) + ' |']
        lines.append('|---' + '|---:' * len(self.columns) + '|')
        for name, cells in self.rows:
            cells = (cell.replace('\n', ', ') for cell in cells)
            lines.append('| ' + ' | '.join((name.replace('|', '\\|'), *cells)) + ' |')
        return '\n'.join((*lines, '', self.note, ''))


def make_sheets(
    comparison: Comparison, bold: str, unit: str = 'seeds', reference: str | None = None
) -> list[Sheet]:
    """Make the tables of further measures, of the other split rule and of differences.

    Args:
        comparison (Comparison): with at least one run.
        bold (str): how, with ``{}`` for the text.
        unit (str): what was repeated. Defaults to 'seeds'.
        reference (str, optional): the row that the others are compared with.
            Defaults to None, the first.

    Returns:
        list[Sheet]: the second one is left out where both rules split alike,
        the third where there is nothing to compare.
    """
    rows = more_rows(comparison)
    sheets = [_measures(rows, bold, unit, _rule_note(comparison))]
    if not rules_agree(comparison):
        sheets.append(_other_splits(comparison, rows, bold, unit))
    found = find_differences(comparison, reference)
    if found:
        sheets.append(_differences(found, reference or next(iter(comparison.runs)), unit))
    return sheets


def _wordings(comparison: Comparison) -> tuple[str, str]:
    """Return in words the rule of the table of accuracies, and the other one."""
    splits = next(iter(comparison.runs.values()))[0].protocol.splits
    return splits.wording, replace(splits, rule=other_rule(comparison)).wording


def _rule_note(comparison: Comparison) -> str:
    used, other = _wordings(comparison)
    alike = f', and would be the same by {other}' if rules_agree(comparison) else ''
    return f'The splits above are by {used}{alike}.'


def _measures(rows: list[MoreRow], bold: str, unit: str, rule_note: str) -> Sheet:
    columns = list(MEASURES)
    return Sheet(
        f'More, in percent: mean ± sample deviation over {unit}',
        tuple(MEASURES.values()),
        _marked(rows, columns, bold),
        'balanced, macro-F1: means over the classes. ECE: expected calibration error of the '
        f'score, {BINS} bins of equal width or mass; lower is better. {rule_note}',
    )


def _other_splits(comparison: Comparison, rows: list[MoreRow], bold: str, unit: str) -> Sheet:
    used, other = _wordings(comparison)
    columns = [f'{other_rule(comparison)}_{split}' for split in SPLITS]
    return Sheet(
        f'Splits by {other}; in percent, over {unit}',
        SPLITS,
        _marked(rows, columns, bold),
        f'For comparison with papers that have this rule; the first table is by {used}.',
    )


def _marked(rows: list[MoreRow], columns: list[str], bold: str) -> list[tuple[str, list[str]]]:
    means, deviations = (
        [[values[column] for column in columns] for values in kind]
        for kind in ([row.mean for row in rows], [row.deviation for row in rows])
    )
    signs = [-1 if column in LOWER_IS_BETTER else 1 for column in columns]
    return [
        (row.name, cells) for row, cells in zip(rows, mark_best(means, deviations, bold, signs))
    ]


def _differences(found: list[Difference], reference: str, unit: str) -> Sheet:
    by_row: dict[str, list[Difference]] = {}
    for difference in found:
        by_row.setdefault(difference.row, []).append(difference)
    most = max(difference.seeds for difference in found)
    if most > 1:
        test = (
            f'p: exact sign-flip test over {unit}; of {most} it cannot be less than '
            f'{_short_p(2 / 2**most)}.'
        )
    else:
        test = (
            "p: McNemar's exact test over test images. Of a single run nothing is known of the "
            'chance in training.'
        )
    return Sheet(
        f'Difference to {reference}, percentage points',
        (*COMPARED, unit),
        [
            (name, [*map(_difference_cell, cells), str(cells[0].seeds)])
            for name, cells in by_row.items()
        ],
        f'95 % interval over test images, of these trained models. {test}',
        ('balanced',),
    )


def _difference_cell(difference: Difference) -> str:
    """Format a difference, its interval and its p, a line each."""
    if math.isnan(difference.mean):
        return '-'
    lines = [f'{difference.mean:+.1f}']
    if not math.isnan(difference.low):
        lines.append(f'{difference.low:.1f} … {difference.high:.1f}')
    known = [p for p in (difference.p_seeds, difference.p_images) if not math.isnan(p)]
    lines += [f'p {_short_p(p)}' if p < 0.001 else f'p = {_short_p(p)}' for p in known]
    return '\n'.join(lines)


def _short_p(p: float) -> str:
    return '< 0.001' if p < 0.001 else f'{p:.2g}'


def write_more_csv(rows: list[MoreRow], path: str):
    """Write the further measures, and the splits by either rule, with all digits.

    Args:
        rows (list[MoreRow]): at least one.
        path (str): the file.
    """
    columns = list(rows[0].mean)
    header = [f'{column}_{kind}' for column in columns for kind in ('mean', 'deviation')]
    lines = (
        [
            row.name,
            *(csv_number(v[column]) for column in columns for v in (row.mean, row.deviation)),
        ]
        for row in rows
    )
    write_csv(path, ['row', *header], lines)


def write_differences_csv(
    comparison: Comparison, path: str, unit: str = 'seeds', reference: str | None = None
):
    """Write a line per row and accuracy; none where there is nothing to compare.

    Args:
        comparison (Comparison): with at least one run.
        path (str): the file.
        unit (str): what was repeated. Defaults to 'seeds'.
        reference (str, optional): the row that the others are compared with.
            Defaults to None, the first.
    """
    numbers = ('mean', 'deviation', 'low', 'high', 'p_seeds', 'p_images')
    header = ('reference', 'row', 'metric', unit, *numbers[:4], f'p_{unit}', 'p_images')
    name = reference or next(iter(comparison.runs))
    lines = []
    for found in find_differences(comparison, reference):
        values = (getattr(found, number) for number in numbers)
        values = ('' if math.isnan(value) else f'{value:.6g}' for value in values)
        lines.append((name, found.row, found.metric, found.seeds, *values))
    write_csv(path, header, lines)
