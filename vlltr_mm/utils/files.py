"""Files that are written whole or not at all, and text and JSON with clear errors."""

import csv
import gzip
import json
import math
import os.path as osp
import re
import tempfile
import zlib
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from itertools import islice
from typing import TextIO

from .whole_path import whole_path

_MOST_BYTES = 2**30
_PIECE = 2**20
_DEPTH = 100  # levels of a JSON file
_SURROGATE = re.compile(r'\\u[dD][89a-fA-F]')


@contextmanager
def open_whole(path: str, newline: str = '\n') -> Iterator[TextIO]:
    """Open a UTF-8 file for writing; it gets its name when it is complete.

    Args:
        path (str): the file; its folder is made.
        newline (str): as in ``open``. Defaults to a line feed.

    Yields:
        TextIO: the file under a temporary name, removed on an exception.
    """
    with whole_path(path) as temporary:
        with open(temporary, 'w', encoding='utf-8', newline=newline) as file:
            yield file


def check_writable(folder: str):
    """Check that files can be written in a folder, which need not exist yet.

    Args:
        folder (str): nothing is made, and nothing stays.

    Raises:
        ValueError: if it, or the folder above it, is a file or cannot be
            written in.
    """
    above = osp.abspath(osp.expanduser(folder))
    while not osp.lexists(above):
        above = osp.dirname(above)
    try:
        # As whoever writes here will; permissions alone do not tell.
        with tempfile.TemporaryFile(dir=above):
            return
    except OSError as error:
        problem = 'is a file' if osp.isfile(above) else f'cannot be written in ({error.strerror})'
        raise ValueError(
            f"'{folder}' cannot be made or written in: {above} {problem}; name another folder."
        ) from error


def write_csv(path: str, header: Sequence[str], rows: Iterable[Sequence]):
    """Write a CSV file.

    Args:
        path (str): the file.
        header (Sequence[str]): names of the columns.
        rows (Iterable[Sequence]): the other lines.
    """
    with open_whole(path, newline='') as file:
        writer = csv.writer(file, lineterminator='\n')
        writer.writerow(header)
        writer.writerows(rows)


def write_json(path: str, value):
    """Write JSON values; nan becomes null, which every reader knows.

    Args:
        path (str): the file.
        value: dicts, lists, strings, numbers, booleans and None.
    """
    with open_whole(path) as file:
        json.dump(
            _without_nan(value), file, indent=2, sort_keys=True, allow_nan=False, ensure_ascii=False
        )
        file.write('\n')


def _without_nan(value):
    """Copy JSON values with None for nan."""
    if isinstance(value, dict):
        return {key: _without_nan(v) for key, v in value.items()}
    if isinstance(value, (list, tuple)):
        return [_without_nan(v) for v in value]
    return None if isinstance(value, float) and math.isnan(value) else value


def read_bytes(path: str, content: str, packed: bool = False) -> bytes:
    """Read a file of at most 1 GiB.

    Args:
        path (str): the file.
        content (str): what it should hold, for the messages.
        packed (bool): whether it is gzip, whose content is returned. Defaults
            to False.

    Returns:
        bytes: what it holds.

    Raises:
        FileNotFoundError: if there is no such file.
        ValueError: if it is larger, or no gzip.
    """
    if not osp.isfile(path):
        state = 'is a folder' if osp.isdir(path) else 'does not exist'
        raise FileNotFoundError(f"'{path}' {state}; put {content} there or name another file.")
    try:
        with gzip.open(path) if packed else open(path, 'rb') as file:
            # One read of so many bytes would ask for their memory beforehand.
            pieces = iter(partial(file.read, _PIECE), b'')
            data = b''.join(islice(pieces, _MOST_BYTES // _PIECE + 1))
    except (EOFError, gzip.BadGzipFile, zlib.error) as error:
        raise ValueError(
            f'{path} is no whole gzip file ({error}); it must hold {content}. Pack or fetch it '
            'again.'
        ) from error
    if len(data) > _MOST_BYTES:
        raise ValueError(
            f'{path} has more than {_MOST_BYTES} bytes; it must hold {content}. Name another file.'
        )
    return data


def read_text(path: str, content: str, packed: bool = False) -> str:
    """Read a UTF-8 text file, with or without a byte order mark.

    Args:
        path (str): the file.
        content (str): what it should hold, for the messages.
        packed (bool): whether it is gzip. Defaults to False.

    Returns:
        str: the text; every line ends with a line feed alone.

    Raises:
        FileNotFoundError: if there is no such file.
        ValueError: if it is not UTF-8, naming the line, has a NUL, or see
            ``read_bytes``.
    """
    data = read_bytes(path, content, packed)
    place = data.find(b'\0')
    try:
        text = data.decode('utf-8-sig')
    except UnicodeDecodeError as error:
        place = error.start
    if place >= 0:
        raise ValueError(
            f'{path}, line {data.count(10, 0, place) + 1}: byte {place} is {data[place]:#04x}, so '
            f'the file is no UTF-8 text; it must hold {content}. Save it as UTF-8.'
        )
    return text.replace('\r\n', '\n').replace('\r', '\n')


def read_json(path: str, content: str) -> dict | list:
    """Read a ``.json`` or ``.json.gz`` file that holds an object or a list.

    Args:
        path (str): the file, UTF-8.
        content (str): what it should hold, for the messages.

    Returns:
        dict | list: what it holds: numbers are finite, no key stands twice
        in an object, strings are Unicode.

    Raises:
        FileNotFoundError: if it is missing.
        ValueError: if it is no UTF-8 JSON of an object or a list, or holds
            what JSON does not know.
    """
    return parse_json(read_text(path, content, path.endswith('.gz')), path, content)


def parse_json(text: str, path: str, content: str) -> dict | list:
    """Parse the text of a JSON file, as ``read_json`` does.

    Args:
        text (str): the text.
        path (str): where it is from, for the messages.
        content (str): what it should hold, for the messages.

    Raises:
        ValueError: see ``read_json``.
    """
    try:
        value = json.loads(
            text, object_pairs_hook=_unique_keys, parse_float=_finite, parse_constant=_finite
        )
        _check_depth(value)
        if _SURROGATE.search(text):
            json.dumps(value, ensure_ascii=False).encode('utf-8')
    except (ValueError, RecursionError) as error:
        raise ValueError(f'{path} is no JSON ({error}); it must hold {content}.') from error
    if not isinstance(value, (dict, list)):
        raise ValueError(f'{path} holds a {type(value).__name__}; it must hold {content}.')
    return value


def _unique_keys(pairs: list[tuple]) -> dict:
    """Make an object; JSON readers differ in which of two equal keys they take."""
    made = dict(pairs)
    if len(made) != len(pairs):
        twice = next(key for key, count in Counter(key for key, _ in pairs).items() if count > 1)
        raise ValueError(f'the key {twice!r} stands twice in an object; remove one')
    return made


def _finite(literal: str) -> float:
    number = float(literal)
    if not math.isfinite(number):
        raise ValueError(f'{literal} is no finite number')
    return number


def _check_depth(value):
    """Refuse what is nested so deeply that functions on it would run out of stack."""
    level = [[value]]
    for _ in range(_DEPTH + 1):
        level = [
            child
            for node in level
            for child in (node.values() if type(node) is dict else node)
            if type(child) in (dict, list)
        ]
        if not level:
            return
    raise ValueError(f'it is nested more than {_DEPTH} levels deep')
