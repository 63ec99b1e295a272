"""How far a run is, and how fast."""

from collections.abc import Iterable, Iterator

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    ProgressColumn,
    Task,
    TextColumn,
    TimeRemainingColumn,
)
from rich.text import Text


class _Rate(ProgressColumn):
    def render(self, task: Task) -> Text:
        speed = task.finished_speed or task.speed
        return Text(f'{speed:,.1f}/s' if speed else '')


class Tracker:
    """Shows the progress of iterables on a console.

    Args:
        console (Console): where to.
    """

    def __init__(self, console: Console):
        columns = (TextColumn('{task.description}'), BarColumn(), MofNCompleteColumn(), _Rate())
        self._make = lambda: Progress(
            *columns, TimeRemainingColumn(), console=console, transient=True
        )

    def __call__(self, items: Iterable, total: int, description: str) -> Iterator:
        """Yield the items; nothing is shown of none."""
        if not total:
            yield from items
            return
        with self._make() as progress:
            task = progress.add_task(description, total=total)
            for item in items:
                yield item
                progress.advance(task)
