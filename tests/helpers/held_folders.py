"""A folder that another process trains in."""

import multiprocessing
import os
import time
from contextlib import contextmanager

from vlltr_mm.utils.locks import hold_folders

_FORK = multiprocessing.get_context('fork')


def _hold(folder, held, leftover):
    with hold_folders([str(folder)]):
        if leftover:
            left = os.fork()  # as a loader's process, which outlives a kill for seconds
            if left == 0:
                time.sleep(leftover)
                os._exit(0)
        held.set()
        time.sleep(300)


@contextmanager
def held(folder, leftover=0):
    """Let another process hold a folder; yields that process."""
    ready = _FORK.Event()
    process = _FORK.Process(target=_hold, args=(folder, ready, leftover))
    process.start()
    assert ready.wait(60)
    try:
        yield process
    finally:
        process.kill()
        process.join()
