"""Go through shares of files for titles and pages, in several processes."""

import multiprocessing
from collections.abc import Collection, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from .dump import dump_records
from .json_lines import json_records
from .page import Page
from .pieces import Share


@dataclass(frozen=True)
class Task:
    """What to do with a share: pages to parse by title, and what addresses begin with."""

    share: Share
    is_dump: bool
    wanted: Collection[str] = frozenset()
    base: str = ''


@dataclass
class Scan:
    """What a share has: (place, title) of each of its pages, and those that were wanted."""

    titles: list[tuple[int, str]]
    pages: list[Page]


def scan(task: Task) -> Scan:
    """Go through a share.

    Args:
        task (Task): the share, and what is wanted of it.

    Returns:
        Scan: all titles of articles, and the pages that are wanted.

    Raises:
        ValueError: if the file is damaged or something else.
    """
    done, records = Scan([], []), dump_records if task.is_dump else json_records
    for place, title, make in records(task.share, task.base):
        done.titles.append((place, title))
        if title in task.wanted:
            done.pages.append(make())
    return done


@contextmanager
def scanners(num_workers: int) -> Iterator:
    """Return a function that scans tasks side by side, in their order.

    Args:
        num_workers (int): processes; 1 is this one alone.

    Yields:
        Callable: tasks → an iterator of what ``scan`` returns of each.
    """
    alone = num_workers < 2 or 'fork' not in multiprocessing.get_all_start_methods()
    if alone or multiprocessing.current_process().daemon:
        yield _scan_here
        return
    with multiprocessing.get_context('fork').Pool(num_workers) as pool:
        yield lambda tasks: pool.imap(scan, tasks)


def _scan_here(tasks: Iterable[Task]) -> Iterator[Scan]:
    return map(scan, tasks)
