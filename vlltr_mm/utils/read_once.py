"""Files that several parts of a run read are parsed once per process."""

import os
import os.path as osp
import sys
from collections import OrderedDict
from collections.abc import Callable
from copy import copy
from functools import wraps
from typing import Any

_LIMIT = 96 * 2**20  # bytes kept; the lists of iNaturalist 2018 take 60 MiB
_kept: 'OrderedDict[tuple, tuple]' = OrderedDict()  # value and size, least used first


def file_stamp(path: str) -> list:
    """Return path, size in bytes and time of change in ns; -1 if missing."""
    try:
        stat = os.stat(path)
    except OSError:  # the reader says what is wrong
        return [osp.abspath(path), -1, -1]
    return [osp.abspath(path), stat.st_size, stat.st_mtime_ns]


def read_once(read: Callable) -> Callable:
    """Keep what a reader made of its files for as long as they stay the same.

    A file counts as the same by path, size and time of change. Each caller
    gets a copy. The least used results go when all together take more than
    96 MiB.

    Args:
        read (Callable): takes paths, or None, as positional arguments, and
            returns a list, dict or array of immutable values, or a tuple of
            these.

    Returns:
        Callable: with the same arguments and results.
    """

    @wraps(read)
    def cached(*paths: str | None):
        key = (read, *(path and tuple(file_stamp(path)) for path in paths))
        if key in _kept:
            _kept.move_to_end(key)
            return _copy(_kept[key][0])
        value = read(*paths)
        _kept[key] = _copy(value), _size(value)
        while sum(size for _, size in _kept.values()) > _LIMIT:
            _kept.popitem(last=False)
        return value

    return cached


def _copy(value: Any) -> Any:
    return tuple(map(copy, value)) if isinstance(value, tuple) else copy(value)


def _size(value: Any) -> int:
    """Return bytes in memory; those of the values of a dict are left out."""
    parts = value if isinstance(value, (list, tuple)) else ()
    return sys.getsizeof(value) + sum(map(_size, parts))
