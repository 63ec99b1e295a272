"""From class names to a folder of their articles."""

import os
import os.path as osp
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace

from rich.console import Console

from ...datasets.corpus.class_names import check_class_names
from ...utils.locks import hold_folders
from ...utils.validation import shown
from .api import ApiSource
from .files import FileSource
from .kept import KeptPages
from .mapping import NO_ARTICLE, Given, read_mapping
from .matching import NONE, Match, NeededError, match_name, match_title
from .progress import Tracker
from .report import SHARED
from .scanning import scanners
from .titles import all_titles, normal_title
from .writing import check_out, inputs_of, write_articles

_MOST_ROUNDS = 60  # of look-ups: more than any name, list and redirects take


def make_wiki_texts(
    names: Sequence[str],
    source: FileSource | ApiSource,
    out: str,
    mapping: str | None = None,
    parts: str | None = None,
    dropped_sections: Sequence[str] = (),
    num_workers: int | None = None,
    console: Console | None = None,
) -> list[Match]:
    """Write ``desc_{i}.txt`` for every class that has an article.

    What is fetched is kept in ``parts``, also for later runs with the same
    source, and a run that was cut off goes on there. ``out`` gets its name
    when it is complete; if it has been made of the same inputs, it stays.

    Args:
        names (Sequence[str]): C class names.
        source (FileSource | ApiSource): where articles are.
        out (str): the folder to write.
        mapping (str, optional): a corrected ``mapping.tsv``. Defaults to None.
        parts (str, optional): Defaults to None, ``out`` with '.parts'.
        dropped_sections (Sequence[str]): headings to leave out beside the
            usual. Defaults to none.
        num_workers (int, optional): processes that read files. Defaults to
            None, one per usable core.
        console (Console, optional): shows progress. Defaults to None, none.

    Returns:
        list[Match]: what was found for each class.

    Raises:
        FileExistsError: if ``out`` is there and of other inputs.
        ValueError: if names, mapping, ``parts`` or the source are damaged or
            do not fit.
        ConnectionError: if a wiki cannot be reached.
    """
    names = check_class_names(names)
    given = read_mapping(mapping, names) if mapping else {}
    inputs = inputs_of(names, source.identity(), given, dropped_sections)
    finished = check_out(out, inputs)
    if finished is not None:
        return finished
    parts = parts or out.rstrip('/') + '.parts'
    if osp.abspath(parts) == osp.abspath(out):
        raise ValueError(f"parts is '{parts}', as is out; name another folder.")
    with hold_folders([parts]):
        kept = KeptPages(parts, source.identity())
        tracker = Tracker(console or Console(quiet=True))
        with scanners(num_workers or _num_cores()) as scan:
            matches = _match_all(names, given, source, kept, scan, tracker)
        matches, told = _tell_shared(matches), kept.told(source.described)
        return write_articles(out, names, matches, kept.whole, told, inputs, dropped_sections)


def _num_cores() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, 'sched_getaffinity') else os.cpu_count() or 1


def _match_all(names, given: dict[int, Given], source, kept: KeptPages, scan, track) -> list[Match]:
    """Match all classes, fetching what they need in as few rounds as possible."""
    matches: dict[int, Match] = {}
    needed = _first_titles(names, given) if source.asks_for_all else set()
    for _ in range(_MOST_ROUNDS):
        unknown = {title for title in needed if not kept.knows(title)}
        if unknown:
            source.fetch(unknown, kept, scan, track)
        needed = set()
        for index, name in enumerate(names):
            if index in matches:
                continue
            try:
                matches[index] = _match(name, given.get(index), kept)
            except NeededError as error:
                needed |= error.titles
        if not needed:
            return [matches[index] for index in range(len(names))]
    raise ValueError(f'Looking up {shown(sorted(needed)[:3])} leads to no end; report this.')


def _first_titles(names: Sequence[str], given: dict[int, Given]) -> set[str]:
    titles = {normal_title(own.title) for own in given.values() if own.title != NO_ARTICLE}
    left = [name for index, name in enumerate(names) if index not in given]
    return {title for title in titles.union(*map(all_titles, left)) if title}


def _match(name: str, given: Given | None, kept: KeptPages) -> Match:
    if given is None:
        return match_name(name, kept.look)
    if given.title == NO_ARTICLE:
        return Match(NONE, None, given.where)
    return match_title(given.title, kept.look, given.where)


def _tell_shared(matches: Sequence[Match]) -> list[Match]:
    """Add to the reasons of classes that have one article."""
    owners = defaultdict(list)
    for index, match in enumerate(matches):
        if match.page:
            owners[match.page.title].append(index)
    told = []
    for index, match in enumerate(matches):
        others = [own for own in owners[match.page.title] if own != index] if match.page else []
        if others:
            classes = ', '.join(map(str, others[:5])) + (', …' if len(others) > 5 else '')
            match = replace(match, reason=f'{match.reason}; {SHARED} class {classes}')
        told.append(match)
    return told
