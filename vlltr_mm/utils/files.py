"""Files that are there whole or not at all, and JSON with clear errors."""

import csv
import gzip
import json
import math
import os
import os.path as osp
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import TextIO


@contextmanager
def whole_path(path: str) -> Iterator[str]:
    """Return a temporary name for a file, which is renamed when it is complete.

    Args:
        path (str): the file; its folder is made.

    Yields:
        str: where to write it; removed on an exception.
    """
    path = osp.abspath(path)
    os.makedirs(osp.dirname(path), exist_ok=True)
    temporary = f'{path}.{os.getpid()}.tmp'
    try:
        yield temporary
        os.replace(temporary, path)
    finally:
        if osp.exists(temporary):
            os.remove(temporary)


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


def read_json(path: str, content: str) -> dict | list:
    """Read a ``.json`` or ``.json.gz`` file that holds an object or a list.

    Args:
        path (str): the file, UTF-8.
        content (str): what it should hold, for the messages.

    Returns:
        dict | list: what it holds.

    Raises:
        FileNotFoundError: if it is missing.
        ValueError: if it is no UTF-8 JSON of an object or a list.
    """
    if not osp.isfile(path):
        raise FileNotFoundError(
            f"'{path}' does not exist; put {content} there or name another file."
        )
    opened = gzip.open if path.endswith('.gz') else open
    try:
        with opened(path, 'rt', encoding='utf-8-sig') as file:
            value = json.load(file)
    except (ValueError, EOFError, gzip.BadGzipFile) as error:
        raise ValueError(f'{path} is no UTF-8 JSON ({error}); it must hold {content}.') from error
    if not isinstance(value, (dict, list)):
        raise ValueError(f'{path} holds a {type(value).__name__}; it must hold {content}.')
    return value
