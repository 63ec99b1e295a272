"""Files and folders that get their name when they are complete and on the disk."""

import errno
import os
import os.path as osp
import platform
import re
import shutil
import stat
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from safetensors import SafetensorError

from .processes import is_alive

_TEMPORARY = re.compile(r'\.(?P<host>\w*)-(?P<pid>\d+)\.vlltr_mm\.tmp$', re.ASCII)
_DAY = 24 * 3600  # seconds after which another host's process is taken for dead
_NO_SYNC = (errno.EINVAL, errno.ENOTSUP)  # file systems without it
_DISK = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO)
# How safetensors, torch and NumPy say that a write fell short.
_CODE = re.compile(r'os error (\d+)')
_SHORT = re.compile(r'unexpected pos \d+|PytorchStreamWriter|\d+ requested and \d+ written')


@contextmanager
def whole_path(path: str) -> Iterator[str]:
    """Return a temporary name for a file, which is renamed when it is complete.

    The content is on the disk before the name is. What processes that no
    longer run left of the same file is removed.

    Args:
        path (str): the file; its folder is made.

    Yields:
        str: where to write it, an empty file; removed on an exception.

    Raises:
        OSError: if the disk is full or fails, naming path, space and remedy.
    """
    path = osp.abspath(path)
    with _temporary_beside(path) as temporary:
        # Some writers make files for their owner only; this one has the mode of the umask.
        with open(temporary, 'wb') as file:
            mode = stat.S_IMODE(os.fstat(file.fileno()).st_mode)
        yield temporary
        os.chmod(temporary, mode)
        _sync(temporary)
        os.replace(temporary, path)
        _sync(osp.dirname(path))


@contextmanager
def whole_folder(path: str) -> Iterator[str]:
    """Return a temporary name for a folder of files, as ``whole_path`` for a file.

    Args:
        path (str): the folder; the one above it is made. If another process
            has made it in the meantime, that one stays.

    Yields:
        str: an empty folder to fill; removed on an exception.

    Raises:
        OSError: if the disk is full or fails, naming path, space and remedy.
    """
    path = osp.abspath(path)
    with _temporary_beside(path) as temporary:
        os.mkdir(temporary)
        yield temporary
        for entry in os.scandir(temporary):
            _sync(entry.path)
        _sync(temporary)
        try:
            os.rename(temporary, path)
        except OSError:
            if not osp.isdir(path):
                raise
        _sync(osp.dirname(path))


@contextmanager
def _temporary_beside(path: str) -> Iterator[str]:
    """Return a temporary name for a file or folder; nothing of that name stays."""
    temporary = _free_name(path)
    os.makedirs(osp.dirname(path), exist_ok=True)
    remove_leftovers(osp.dirname(path), osp.basename(path))
    try:
        with _naming_disk_errors(path):
            yield temporary
    finally:
        _remove(temporary)


def remove_folder(path: str):
    """Remove a folder and what is in it; it is gone at once, or there as it was."""
    temporary = _free_name(osp.abspath(path))
    os.rename(path, temporary)
    shutil.rmtree(temporary)


def remove_leftovers(folder: str, name: str = ''):
    """Remove the temporary files and folders that killed processes left.

    Only names that ``whole_path`` and ``whole_folder`` gave; those of another
    host a day after they were last written. What another process removes at
    the same time, or does not let go, is no error.

    Args:
        folder (str): where they lie; folders in it are not looked into.
        name (str): of the files that they were to become. Defaults to '',
            which stands for all.
    """
    for entry in os.scandir(folder):
        if entry.name.startswith(name) and _is_leftover(entry):
            _remove(entry.path)


def _remove(path: str):
    """Remove a file or a folder, if it is there and nothing is in the way."""
    if osp.isdir(path) and not osp.islink(path):
        shutil.rmtree(path, ignore_errors=True)
    else:
        with suppress(OSError):
            os.remove(path)


@contextmanager
def _naming_disk_errors(path: str):
    """Say which file cannot be written, how much space there is, and what to do.

    Args:
        path (str): what is being written.

    Raises:
        OSError: for every error that says that the disk is full or fails.
    """
    try:
        yield
    except (OSError, RuntimeError, SafetensorError) as error:
        code = _disk_code(error)
        if code is None:
            raise
        free = shutil.disk_usage(osp.dirname(osp.abspath(path))).free
        raise OSError(
            code,
            f"'{path}' cannot be written ({os.strerror(code)}; {free / 2**20:.1f} MiB are free "
            'there). Free some space, or name a folder on another disk, and run the command '
            'again; what was there before is kept',
        ) from error


def _disk_code(error: Exception) -> int | None:
    """Return the errno of what a writer raised on a full disk; None for other errors."""
    text = str(error)
    code = error.errno if isinstance(error, OSError) else None
    if found := _CODE.search(text):
        code = int(found[1])
    elif code is None and _SHORT.search(text):
        code = errno.ENOSPC
    return code if code in _DISK else None


def _host() -> str:
    return re.sub(r'\W', '_', platform.node(), flags=re.ASCII)[:32]


def _free_name(path: str) -> str:
    """Return this process's temporary name for a file or folder; nothing has it."""
    temporary = f'{path}.{_host()}-{os.getpid()}.vlltr_mm.tmp'
    _remove(temporary)  # of a dead process with our number, as in a container that began anew
    return temporary


def _is_leftover(entry: os.DirEntry) -> bool:
    """Tell whether a directory entry is of a process that is dead."""
    found = _TEMPORARY.search(entry.name)
    if not found:
        return False
    if found['host'] == _host() and os.name == 'posix':
        return not is_alive(int(found['pid']))
    try:
        return time.time() - entry.stat(follow_symlinks=False).st_mtime > _DAY
    except FileNotFoundError:  # another process has just named or removed it
        return False


def _sync(path: str):
    """Have the content of a file, or the names in a folder, written to the disk."""
    is_folder = osp.isdir(path)
    if is_folder and os.name != 'posix':
        return
    number = os.open(path, os.O_RDONLY if is_folder else os.O_RDWR)
    try:
        os.fsync(number)
    except OSError as error:
        if error.errno not in _NO_SYNC:
            raise
    finally:
        os.close(number)
