"""Print a new recipe: data, text, choices with their reasons, what comes next."""

import os.path as osp
import re
import shlex

import numpy as np
from mmengine.config import Config
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from ...evaluation.functional.class_splits import ClassSplits
from .making import Recipe
from .timing import Speed, card_speed, in_words, stage_operations, this_machine

SUMMARY = 'summary.txt'
_WORDLESS = re.compile(r'[\d\s._-]+|[A-Za-z]{1,4}\d{5,}')  # '12', 'n01440764'


def print_recipe(recipe: Recipe, console: Console):
    """Print a recipe, and keep what is printed in its folder.

    Args:
        recipe (Recipe): written and checked.
        console (Console): where to; it records (``Console(record=True)``).
    """
    console.rule(escape(recipe.places.folder))
    console.print(_data_table(recipe))
    for line in _data_lines(recipe):
        _print(console, line)
    console.print(_choice_table(recipe))
    for row, reports in recipe.reports.items():
        for report in reports:
            notes = [*report.notes, *(n for d in report.data for n in d.notes)]
            for note in dict.fromkeys(notes):
                _print(console, f'Note ({osp.basename(report.config)}): {note}')
        if not any(report.problems for report in reports):
            _print(console, f'{recipe.places.config(row)}: no problem found.')
    for problem in recipe.problems:
        console.print(f'[red]Problem:[/] {escape(problem)}', highlight=False, soft_wrap=True)
    for picture in recipe.pictures:
        _print(console, picture)
    if not recipe.problems:
        _print_next(recipe, console)
    path = recipe.places.inside(SUMMARY)
    console.save_text(path, clear=False)


def _print(console: Console, text: str):
    console.print(escape(text), highlight=False, soft_wrap=True)


def _data_table(recipe: Recipe) -> Table:
    table = Table(title='Images', title_justify='left')
    for column in ('split', 'images', 'classes', 'fewest', 'most'):
        table.add_column(column, justify='left' if column == 'split' else 'right')
    for split in ('train', 'val', 'test'):
        counts = recipe.table.counts_of(split)
        table.add_row(
            split,
            f'{counts.sum():,}',
            f'{(counts > 0).sum():,}',
            f'{counts.min():,}',
            f'{counts.max():,}',
        )
    return table


def _data_lines(recipe: Recipe) -> list[str]:
    """Return what to know of images, names and text, a line each."""
    table, facts, stats = recipe.table, recipe.facts, recipe.corpus.stats
    counts = table.counts_of('train')
    groups = ClassSplits(counts).masks
    sizes = ', '.join(f'{int(mask.sum())} {name}' for name, mask in groups.items())
    edges = np.sort(np.asarray(facts.sizes), axis=1) if len(facts.sizes) else None
    lines = [
        f'Read from {table.origin}.',
        f'{len(table.names):,} classes: {sizes} (many > 100, few < 20 training images).',
    ]
    if edges is not None:
        small = np.median(edges[:, 0])
        lines.append(
            f'{facts.num_looked:,} images looked at in {facts.seconds:.1f} s: '
            f'{edges[:, 0].min()} to {edges[:, 1].max()} pixels, shorter edge {small:g} at the '
            f'median'
            + (
                f'; the tower sees {recipe.towers.image_size}, so they are enlarged.'
                if small < recipe.towers.image_size
                else '.'
            )
        )
    lines += recipe.notes
    if recipe.names_changed:
        shown = [f"'{raw}' → '{name}'" for raw, name in recipe.names_changed.items()][:3]
        lines.append(
            f'{len(recipe.names_changed)} class names are written as text reads them: '
            + ', '.join(shown)
            + '.'
        )
    wordless = [name for name in table.names if _WORDLESS.fullmatch(name)]
    if wordless:
        lines.append(
            f'{len(wordless):,} class names have no word that a text tower knows, such as '
            f"'{wordless[0]}'; give --names a file of names."
        )
    lines.append(
        f'{stats.counts.sum():,} sentences, {stats.counts.min()} to {stats.counts.max()} of a '
        f'class; {stats.num_cut:,} are longer than {recipe.corpus.limit} tokens and will be cut.'
    )
    return [*lines, *(f'Note: {note}' for note in recipe.corpus.notes)]


def _choice_table(recipe: Recipe) -> Table:
    table = Table(title='Chosen', title_justify='left')
    for column in ('what', 'value', 'because'):
        table.add_column(column, overflow='fold')
    for choice in recipe.choices.log:
        table.add_row(*map(escape, (choice.what, choice.value, choice.reason)))
    return table


def next_commands(recipe: Recipe) -> list[tuple[str, list[str]]]:
    """Return the commands that come next, each with the rows that it runs.

    Args:
        recipe (Recipe): written.
    """
    config, gpus = recipe.places.config, recipe.gpus
    quoted = {row: shlex.quote(config(row)) for row in ('zeroshot', 'la', 'additive')}
    table = f'work_dirs/compare/{recipe.places.name}'
    train = _train_command(quoted['additive'], gpus) + (' --amp' if gpus else '')
    return [
        (train, ['cvlp', 'additive']),
        (
            f'{_tool("tools/analysis_tools/compare.py")} '
            + ' '.join(quoted.values())
            + f' --seeds 0 --root {shlex.quote(table)}',
            ['zeroshot', 'la', 'cvlp', 'additive'],
        ),
    ]


def _train_command(config: str, gpus: int) -> str:
    """Return how a config is trained from this folder, the checkout or another one."""
    if gpus <= 1:
        return f'{_tool("tools/train.py")} {config}'
    if osp.isfile('tools/dist_train.sh'):
        return f'tools/dist_train.sh {config} {gpus}'
    run = f'torchrun --standalone --nproc-per-node {gpus} -m vlltr_mm train'
    return f'{run} {config} --launcher pytorch'


def _tool(file: str) -> str:
    """Return how a tool is run from this folder, the checkout or another one."""
    name = osp.splitext(osp.basename(file))[0]
    return f'python {file}' if osp.isfile(file) else f'python -m vlltr_mm {name}'


def _print_next(recipe: Recipe, console: Console):
    """Print the next commands, with their time by operations and speed."""
    cfgs = {row: Config.fromfile(recipe.places.config(row)) for row in recipe.reports}
    cfgs['cvlp'] = Config.fromfile(recipe.places.config('cvlp'))
    work = {row: _operations(recipe, cfg) for row, cfg in cfgs.items()}
    forward = stage_operations(cfgs['zeroshot'], 0, 0, 0, 1)
    speeds = [this_machine(recipe.towers, forward), card_speed()]
    _print(console, 'Next:')
    for command, rows in next_commands(recipe):
        _print(console, f'  {command}')
        total = sum(work[row] for row in rows)
        _print(console, '    ' + '; '.join(_time(total, s, recipe.gpus) for s in speeds))
    if not recipe.options.text:
        labels = shlex.quote(recipe.places.inside('labels.txt'))
        _print(
            console,
            'There is no text beside prompts. Two ways to it, both with the classes of '
            f'{labels}: tools/dataset_converters/wikipedia_to_corpus.py and llm_to_corpus.py '
            '(docs/own_data.md); then make a recipe with --text.',
        )


def _operations(recipe: Recipe, cfg: Config) -> float:
    table = recipe.table
    held_out = int(table.counts_of('test').sum() + table.counts_of('val').sum())
    return stage_operations(
        cfg,
        int(table.counts_of('train').sum()),
        len(table.names),
        int(recipe.corpus.stats.counts.sum()),
        held_out,
    )


def _time(operations: float, speed: Speed, gpus: int) -> str:
    used = max(1, gpus)
    many = f' × {used}' if used > 1 else ''
    return f'{in_words(operations / speed.rate / used)} ({speed.where}{many})'
