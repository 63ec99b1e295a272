"""Ask something of many files at once."""

import os
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import chain
from typing import TypeVar

from rich.console import Console
from rich.progress import track

_CHUNK = 128  # files that a thread takes at once
Answer = TypeVar('Answer')


def ask_files(
    ask: Callable[[str], Answer],
    paths: Sequence[str],
    num_workers: int | None = None,
    title: str | None = None,
) -> list[Answer]:
    """Return what a function says of each file, asked in threads.

    Args:
        ask (Callable): takes a path.
        paths (Sequence[str]): N files.
        num_workers (int, optional): threads. Defaults to None, one per core
            and a few more, as disks are waited for.
        title (str, optional): of a progress bar on the error output. Defaults
            to None, no bar.

    Returns:
        list: N answers.
    """
    chunks = [paths[start : start + _CHUNK] for start in range(0, len(paths), _CHUNK)]
    with ThreadPoolExecutor(num_workers or (os.cpu_count() or 1) + 4) as pool:
        done = pool.map(lambda chunk: list(map(ask, chunk)), chunks)
        if title and len(chunks) > 1:
            done = track(done, title, total=len(chunks), console=Console(stderr=True))
        return list(chain.from_iterable(done))
