"""Locks that end with the process that holds them, however it ends."""

import json
import logging
import os
import os.path as osp
import socket
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager

from mmengine.dist import broadcast_object_list, is_distributed
from mmengine.logging import print_log

from .dist import process_rank
from .files import write_json
from .processes import is_alive

LOCK_FILE = '.run.lock'
OWNER_FILE = '.run.json'
_PATIENCE = 1  # seconds: others only look whether a folder is in use
_LEFTOVER_PATIENCE = 15  # seconds: loader processes of a killed run notice it after 5


@contextmanager
def file_lock(path: str, timeout: float, without: str) -> Iterator[None]:
    """Hold a file lock; where there is none in time, warn and go on.

    Args:
        path (str): the file; it stays, empty.
        timeout (float): how many seconds to wait for another holder.
        without (str): what may happen without the lock, for the warning.
    """
    try:
        release = _acquire(path, timeout, without)
    except TimeoutError as error:
        release = _warn(path, error, without)
    try:
        yield
    finally:
        release()


def _acquire(path: str, timeout: float, without: str) -> Callable[[], None]:
    """Take a file lock where the file system has locks; return what gives it up.

    Raises:
        TimeoutError: if another process still holds it.
    """
    try:
        from filelock import FileLock

        lock = FileLock(path)
        lock.acquire(timeout=timeout)
    except TimeoutError:
        raise
    except (ImportError, NotImplementedError, OSError) as error:
        return _warn(path, error, without)
    return lock.release


def _warn(path: str, error: Exception, without: str) -> Callable[[], None]:
    print_log(f"No lock on '{path}' ({error!r}); {without}.", 'current', level=logging.WARNING)
    return list  # nothing to give up


@contextmanager
def hold_folders(folders: Sequence[str], launcher: str = 'none') -> Iterator[Callable[[str], None]]:
    """Keep folders for this run alone; rank 0 does it for all ranks.

    Args:
        folders (Sequence[str]): they are made; one that stands twice is one.
        launcher (str): as ``RunOptions.launcher``. Defaults to 'none'.

    Yields:
        Callable: gives up the folder whose name it is given.

    Raises:
        ValueError: on every rank that has met the others, if another process
            holds one of them; names host, process and folder.
        OSError: if the disk is full, see ``whole_path``.
    """
    with ExitStack() as stack:
        held, refusal = {}, None
        if process_rank(launcher) == 0:
            try:
                for folder in folders:
                    if osp.realpath(folder) not in held:
                        held[osp.realpath(folder)] = stack.enter_context(_hold(folder))
            except TimeoutError as error:
                refusal = str(error)
        if is_distributed():
            told = [refusal]
            broadcast_object_list(told)
            refusal = told[0]
        if refusal:
            raise ValueError(refusal)
        yield lambda folder: held.get(osp.realpath(folder), ExitStack()).close()


def check_idle(folder: str):
    """Check that no run holds a folder.

    Args:
        folder (str): one that ``hold_folders`` may hold.

    Raises:
        ValueError: if one does; see ``hold_folders``.
    """
    if not osp.isfile(osp.join(folder, LOCK_FILE)):
        return
    try:
        _lock_folder(folder)()
    except TimeoutError as error:
        raise ValueError(str(error)) from None


@contextmanager
def _hold(folder: str) -> Iterator[ExitStack]:
    """Lock one folder and say in it who does; yields what gives it up."""
    os.makedirs(folder, exist_ok=True)
    owner = osp.join(folder, OWNER_FILE)
    with ExitStack() as stack:
        stack.callback(_lock_folder(folder))
        stack.callback(_remove, owner)
        write_json(owner, dict(host=socket.gethostname(), pid=os.getpid()))
        yield stack


def _lock_folder(folder: str) -> Callable[[], None]:
    """Lock a folder, once what a killed run has left behind is gone.

    Returns:
        Callable: gives it up.

    Raises:
        TimeoutError: if a process holds it.
    """
    path, started = osp.join(folder, LOCK_FILE), time.monotonic()
    while True:
        try:
            return _acquire(path, _PATIENCE, f"two runs may mix in '{folder}'")
        except TimeoutError:
            host, pid = _read_owner(folder)
            gone = host == socket.gethostname() and not is_alive(pid)
            if not gone or time.monotonic() - started > _LEFTOVER_PATIENCE:
                raise TimeoutError(
                    f"'{folder}' is in use: process {pid} on {host} runs there. Wait until it "
                    f'has ended, or name another folder; if it is no more, delete {path}.'
                ) from None


def _read_owner(folder: str) -> tuple[str, int | str]:
    """Return host and process of who holds a folder, as far as it is written."""
    try:
        with open(osp.join(folder, OWNER_FILE), encoding='utf-8') as file:
            owner = json.load(file)
        return str(owner['host']), int(owner['pid'])
    except (OSError, ValueError, TypeError, KeyError):
        return 'an unknown host', 'of unknown number'


def _remove(path: str):
    if osp.exists(path):
        os.remove(path)
