"""Warnings that need not be read twice."""

import logging
from functools import lru_cache

from mmengine.logging import print_log


@lru_cache(maxsize=None)
def warn_once(message: str):
    """Log a warning, unless this process has logged the same one."""
    print_log(message, logger='current', level=logging.WARNING)
