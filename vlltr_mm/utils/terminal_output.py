"""Keep the terminal free of what runners write to it."""

import os
import os.path as osp
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TextIO


@contextmanager
def divert_output(path: str) -> Iterator[TextIO]:
    """Append all that the process writes to the terminal to a file.

    The file descriptors are redirected, not ``sys.stdout``: loggers keep the
    stream that they found when they were made, and child processes have only
    the descriptors.

    Args:
        path (str): the file; its folder is made.

    Yields:
        TextIO: the way to the terminal that is left.
    """
    os.makedirs(osp.dirname(osp.abspath(path)), exist_ok=True)
    with (
        open(path, 'ab') as log,
        os.fdopen(os.dup(1), 'w', encoding=sys.__stdout__.encoding, errors='replace') as terminal,
    ):
        errors = os.dup(2)
        _flush()
        os.dup2(log.fileno(), 1)
        os.dup2(log.fileno(), 2)
        try:
            yield terminal
        finally:
            _flush()
            os.dup2(terminal.fileno(), 1)
            os.dup2(errors, 2)
            os.close(errors)


def _flush():
    sys.stdout.flush()
    sys.stderr.flush()
