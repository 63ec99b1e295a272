"""Warnings that need not be read twice."""

import logging
from collections.abc import Iterable
from functools import lru_cache

from mmengine.logging import print_log


@lru_cache(maxsize=None)
def warn_once(message: str):
    """Log a warning, unless this process has logged the same one."""
    print_log(message, logger='current', level=logging.WARNING)


def warn_all(sentences: Iterable[str]):
    """Log each different one of several warnings, now.

    Args:
        sentences (Iterable[str]): without the full stop.
    """
    for sentence in sorted(set(sentences)):
        print_log(f'{sentence}.', logger='current', level=logging.WARNING)
