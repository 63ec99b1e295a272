"""Print what a dry run of a config found."""

import os.path as osp
from collections.abc import Sequence

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from .paper_cost import Card, RecipeCost, StageCost
from .recipe import RecipeReport


def print_report(report: RecipeReport, console: Console, max_epochs: int = 12):
    """Print one stage.

    Args:
        report (RecipeReport): what was found.
        console (Console): where to.
        max_epochs (int): rows of the schedule, at least 2, the first and the
            last epoch, or iteration, among them. Defaults to 12.
    """
    console.rule(report.config)
    if report.data:
        console.print(_data_table(report))
    if report.groups:
        console.print(_group_table(report))
        console.print(_schedule_table(report, max_epochs))
    console.print(_cost_table(report))
    notes = report.notes + [
        f'{data.name} data: {note}' for data in report.data for note in data.notes
    ]
    for note in notes:
        console.print(f'Note: {escape(note)}', highlight=False, soft_wrap=True)
    for problem in report.problems:
        console.print(f'[red]Problem:[/] {escape(problem)}', highlight=False, soft_wrap=True)
    console.print(
        '[green]No problem found.[/]'
        if not report.problems
        else f'[red]{len(report.problems)} problem(s).[/]'
    )


def _table(title: str, columns: Sequence[str]) -> Table:
    table = Table(title=title, title_justify='left')
    for index, column in enumerate(columns):
        table.add_column(
            column,
            justify='right' if index else 'left',
            no_wrap=column in ('many/medium/few', 'images', 'sentences', 'image', 'lr'),
        )
    return table


def _data_table(report: RecipeReport) -> Table:
    table = _table(
        'Data', ('data set', 'images', 'classes', 'many/medium/few', 'sentences', 'image', 'read')
    )
    for data in report.data:
        table.add_row(
            data.name,
            f'{data.size:,}',
            _text(data.num_classes),
            '/'.join(map(str, data.splits)) if data.splits else '-',
            _text(data.sentences),
            '×'.join(map(str, data.input_shape)),
            f'{data.seconds:.1f} s',
        )
    return table


def _text(number) -> str:
    return '-' if number is None else f'{number:,}'


def _group_table(report: RecipeReport) -> Table:
    table = _table(
        'Parameter groups', ('group', 'lr', 'weight decay', 'tensors', 'parameters', 'of')
    )
    for index, group in enumerate(report.groups):
        table.add_row(
            str(index),
            f'{group.lr:.3g}',
            f'{group.weight_decay:g}',
            str(len(group.names)),
            f'{group.num_params:,}',
            _owners(group.names),
        )
    return table


def _owners(names: Sequence[str]) -> str:
    """Shorten parameter names to two levels, each once."""
    return ' '.join(sorted({'.'.join(n.split('.')[:2]) for n in names}))


def _schedule_table(report: RecipeReport, max_epochs: int) -> Table:
    length = len(report.learning_rates)
    step = max(1, -(-(length - 1) // (max_epochs - 1)))
    shown = sorted({*range(0, length, step), length - 1})
    when = 'in the first iteration of an epoch' if report.unit == 'epoch' else 'by iteration'
    table = _table(
        f'Learning rate {when} ({length:,} {report.unit}s)',
        (report.unit, *(f'group {i}' for i in range(len(report.groups)))),
    )
    for epoch in shown:
        table.add_row(str(epoch + 1), *(f'{lr:.3g}' for lr in report.learning_rates[epoch]))
    return table


def _cost_table(report: RecipeReport) -> Table:
    table = _table('Cost', ('what', 'value'))
    rows: list[tuple] = []
    if report.total_batch:
        rows += [
            ('iterations per epoch', _text(report.iters_per_epoch)),
            ('batch of all GPUs', _text(report.total_batch)),
        ]
    rows += [(f'{name} parameters', f'{count:,}') for name, count in report.params.items()]
    rows += [
        (f'memory of {name}', f'{count / 2**20:,.0f} MiB') for name, count in report.memory.items()
    ]
    if report.cost is not None:
        rows.append(('GPU-hours of training', report.cost))
    rows += [
        ('building the model, here', f'{report.build_seconds:.1f} s'),
        ('peak memory of this check', f'{report.peak_bytes / 2**20:,.0f} MiB'),
    ]
    for row in rows:
        table.add_row(*row)
    return table


_GIGA = 1e9
_ORDER = ('trained numbers', 'forward', 'training of', 'images,', 'GPU-hours')
_RULE = (
    'Operations are two for a multiplication with its addition, in matrix products and '
    'convolutions, of one image (and one sentence). Training adds the backward pass that runs: '
    'none for what is frozen, about one forward pass for a frozen tower with a tuner, two where '
    'all is trained.'
)


def print_paper_cost(cost: RecipeCost, console: Console, card: Card | None = None):
    """Print what a recipe costs on paper, beside the paper's recipe.

    Args:
        cost (RecipeCost): what was counted.
        console (Console): where to.
        card (Card, optional): what GPU-hours are estimated for. Defaults to
            None, ``Card()``.
    """
    if cost.failed is not None:
        text = f'The cost on paper is not counted: {cost.failed}'
        console.print(f'Note: {escape(text)}', highlight=False, soft_wrap=True)
        return
    card = card or Card()
    columns = _paper_columns(cost.stages, card, '')
    if cost.paper is not None:
        columns += _paper_columns(cost.paper, card, "the paper's ")
    table = _table('Cost on paper', ('what', *(title for title, _ in columns)))
    names = dict.fromkeys(name for _, column in columns for name in column)
    for name in sorted(names, key=_place):
        table.add_row(name, *(column.get(name, '-') for _, column in columns))
    console.print(table)
    for line in (
        f'GPU-hours are an estimate on paper, of training alone at {card}; nothing was measured.',
        _RULE,
    ):
        console.print(escape(line), highlight=False)


def _place(name: str) -> int:
    """Sort rows: numbers, operations, hours, memory, as they come."""
    found = (i for i, part in enumerate(_ORDER) if part in name)
    return next(found, len(_ORDER))


def _paper_columns(
    stages: Sequence[StageCost], card: Card, owner: str
) -> list[tuple[str, dict[str, str]]]:
    """Return title and cells of each stage, and of their sum."""
    columns = [
        (owner + osp.splitext(osp.basename(stage.config))[0], _paper_cells(stage, card))
        for stage in stages
    ]
    if len(stages) > 1:
        hours = [stage.gpu_hours(card) for stage in stages if stage.training]
        total = {
            'trained numbers': f'{sum(stage.trained for stage in stages):,}',
            'GPU-hours': _hours(None if None in hours else sum(hours)),
        }
        columns.append((f'{owner}sum', total))
    return columns


def _paper_cells(stage: StageCost, card: Card) -> dict[str, str]:
    cells = {'trained numbers': f'{stage.trained:,}'}
    for part, flops in stage.forward.items():
        cells[f'{part}, forward, GFLOPs'] = f'{flops / _GIGA:,.3g}'
    if stage.training:
        cells['training of an image, GFLOPs'] = f'{stage.training / _GIGA:,.4g}'
        cells['images, all epochs'] = _text(stage.images)
        cells['GPU-hours'] = _hours(stage.gpu_hours(card))
    for kind, size in stage.state.items():
        cells[f'{kind}, MiB'] = f'{size / 2**20:,.1f}'
    cells['state in all, MiB'] = f'{sum(stage.state.values()) / 2**20:,.1f}'
    return cells


def _hours(hours: float | None) -> str:
    return '-' if hours is None else f'{hours:.3g}'
