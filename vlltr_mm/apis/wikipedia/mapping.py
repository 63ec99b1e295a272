"""The file that says which article is that of a class, written for people to correct."""

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass

from ...datasets.corpus.class_names import comparable_name
from ...utils.files import open_whole, read_text
from ...utils.validation import shown
from .matching import Match

COLUMNS = ('index', 'name', 'title', 'status', 'reason', 'alternatives')
NO_ARTICLE = '-'
_CONTENT = f'a mapping, a table with tabs of {", ".join(COLUMNS)}'


@dataclass(frozen=True)
class Given:
    """What a mapping says of a class: a title or '-', and the file and line that say it."""

    title: str
    where: str


def write_mapping(path: str, names: Sequence[str], matches: Sequence[Match]):
    """Write the mapping of a run.

    Args:
        path (str): the file.
        names (Sequence[str]): C class names.
        matches (Sequence[Match]): of each class.
    """
    with open_whole(path) as file:
        writer = csv.writer(file, delimiter='\t', lineterminator='\n')
        writer.writerow(COLUMNS)
        for index, (name, match) in enumerate(zip(names, matches)):
            title = match.page.title if match.page else NO_ARTICLE * (match.status == 'none')
            alternatives = ' | '.join(match.alternatives)
            writer.writerow((index, name, title, match.status, match.reason, alternatives))


def read_mapping(path: str, names: Sequence[str]) -> dict[int, Given]:
    """Read the titles of a mapping; blank ones are left to matching.

    Args:
        path (str): as ``write_mapping`` writes it, perhaps corrected. Columns
            after the third may be missing, and so may classes.
        names (Sequence[str]): C class names.

    Returns:
        dict[int, Given]: class index → what is given.

    Raises:
        FileNotFoundError: if there is no such file.
        ValueError: if a line is not of this form or of no class, or two are of
            one class.
    """
    text = read_text(path, _CONTENT)
    try:
        rows = list(csv.reader(io.StringIO(text), delimiter='\t', strict=True))
    except csv.Error as error:
        raise ValueError(
            f'{path} is no table with tabs ({error}); it must hold {_CONTENT}.'
        ) from error
    start = [cell.strip().lower() for cell in rows[0][:3]] if rows else []
    if start != [*COLUMNS[:3]]:
        raise ValueError(
            f'{path}, line 1: {shown(rows[0] if rows else "")} is not the header '
            f'{shown(COLUMNS)}; it must hold {_CONTENT}, separated by tabs.'
        )
    given, seen = {}, {}
    for number, row in enumerate(rows[1:], 2):
        where = f'{path}, line {number}'
        if not any(cell.strip() for cell in row):
            continue
        index = _index_of(row, names, where)
        if index in seen:
            raise ValueError(f'{where} is of class {index}, as is line {seen[index]}; remove one.')
        seen[index] = number
        if row[2].strip():
            given[index] = Given(row[2].strip(), where)
    return given


def _index_of(row: list[str], names: Sequence[str], where: str) -> int:
    """Return the class of a line.

    Raises:
        ValueError: if it is of none.
    """
    if len(row) < 3 or not (row[0].strip().isascii() and row[0].strip().isdecimal()):
        raise ValueError(
            f'{where}: {shown(row, 120)} does not begin with index, name and title; correct it.'
        )
    index = int(row[0][:12])
    if index >= len(names):
        raise ValueError(
            f'{where}: there is no class {index}, they are 0 .. {len(names) - 1}; correct the '
            'index, or give the mapping of these classes.'
        )
    if comparable_name(row[1]) != comparable_name(names[index]):
        raise ValueError(
            f'{where}: class {index} is named {shown(row[1])}, but {names[index]!r} where the '
            'classes are listed; give the mapping of these classes, or correct the name.'
        )
    return index
