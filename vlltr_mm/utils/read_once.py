"""Files that several parts of a run read are parsed once per process."""

import os
import os.path as osp
import pickle
from collections import OrderedDict
from functools import wraps
from typing import Callable, Optional

_LIMIT = 2**26  # bytes kept; iNaturalist 2018's lists take half of it
_kept: 'OrderedDict[tuple, bytes]' = OrderedDict()  # the least used first


def file_stamp(path: str) -> list:
    """Return path, size in bytes and time of change in ns; -1 if missing."""
    try:
        stat = os.stat(path)
    except OSError:  # the reader says what is wrong
        return [osp.abspath(path), -1, -1]
    return [osp.abspath(path), stat.st_size, stat.st_mtime_ns]


def read_once(read: Callable) -> Callable:
    """Keep what a reader made of its files for as long as they stay the same.

    A file counts as the same by path, size and time of change. Results are
    kept pickled: small, and a new copy for each caller. The least used go
    when they take more than 64 MiB together.

    Args:
        read (Callable): takes paths, or None, as positional arguments.

    Returns:
        Callable: with the same arguments and results.
    """

    @wraps(read)
    def cached(*paths: Optional[str]):
        key = (read, *(path and tuple(file_stamp(path)) for path in paths))
        if key in _kept:
            _kept.move_to_end(key)
            return pickle.loads(_kept[key])
        value = read(*paths)
        _kept[key] = pickle.dumps(value)
        while sum(map(len, _kept.values())) > _LIMIT:
            _kept.popitem(last=False)
        return value

    return cached
