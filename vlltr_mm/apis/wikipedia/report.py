"""What was found, guessed and missed, for people."""

from collections import Counter
from collections.abc import Sequence

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from .matching import FOUND, GIVEN, GUESSED, MISSING, NONE, Match

_COLOURS = {GUESSED: 'yellow', MISSING: 'red'}
SHARED = 'also the article of'  # other classes, in a reason
_SHOWN = 4  # alternatives of a class


def print_matches(
    names: Sequence[str], matches: Sequence[Match], console: Console, out: str, most: int = 50
):
    """Print how many articles were found, and every class that should be looked at.

    Args:
        names (Sequence[str]): C class names.
        matches (Sequence[Match]): of each class.
        console (Console): where to.
        out (str): the folder that has all of it.
        most (int): classes to print. Defaults to 50.
    """
    counts = Counter(match.status for match in matches)
    parts = [
        f'{counts[own]:,} {own}' for own in (FOUND, GIVEN, GUESSED, MISSING, NONE) if counts[own]
    ]
    listed = [
        index for index, own in enumerate(matches) if own.status in _COLOURS or SHARED in own.reason
    ]
    if listed:
        table = Table(title='To look at', title_justify='left')
        table.add_column('class', justify='right')
        for column in ('name', 'article', 'status', 'why', 'or'):
            table.add_column(column, overflow='fold')
        for index in listed[:most]:
            table.add_row(*_row(index, names[index], matches[index]))
        console.print(table)
    if len(listed) > most:
        _line(console, f'{len(listed) - most:,} more are in {out}/mapping.tsv.')
    _line(console, f'{len(names):,} classes: {", ".join(parts)}.')
    if listed:
        _line(
            console,
            f'Correct the titles in {out}/mapping.tsv ("-" for none), and give it with --mapping.',
        )


def _row(index: int, name: str, match: Match) -> list[str]:
    colour = _COLOURS.get(match.status)
    status = f'[{colour}]{match.status}[/]' if colour else match.status
    others = ' | '.join(match.alternatives[:_SHOWN])
    more = len(match.alternatives) - _SHOWN
    others += f' and {more} more' if more > 0 else ''
    title = match.page.title if match.page else ''
    return [str(index), escape(name), escape(title), status, escape(match.reason), escape(others)]


def _line(console: Console, text: str):
    console.print(escape(text), highlight=False, soft_wrap=True)
