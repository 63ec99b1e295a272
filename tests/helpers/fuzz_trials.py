"""Give a reader one input and judge what it does with it."""

import os
import resource
import shutil
import signal
from collections.abc import Callable
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hypothesis import strategies as st

from vlltr_mm.utils import read_once

FOLDER = object()  # stands for a folder in the place of the file
SPECIAL = (
    *(None, FOLDER, b'', b'\xef\xbb\xbf', b'\n', b'\x00' * 100, bytes(range(256))),
    *(b'[]', b'{}'),
)
SECONDS = 10
_MEMORY = 2**30  # bytes above what the process has mapped
_LONGEST = 12_000  # characters of a message


@dataclass
class Reader:
    """A reader of ours, with a good input.

    prepare: writes the good files into a folder. read: reads that folder.
    file: the name of the one that is damaged; None where ``read`` takes the
    folder and a value. inputs: damaged contents of it. known: checks what the
    good files give. odd: says what is silently odd about a value, by means
    other than the reader's; None where nothing is. named: what an error must
    name, one of them. errors: further types that are documented. good: the good
    value where there is no file.
    """

    name: str
    prepare: Callable[[Path], None]
    read: Callable
    inputs: st.SearchStrategy
    known: Callable[[Any], bool]
    odd: Callable[[Any, Any], str | None]
    file: str | None = None
    named: tuple[str, ...] = ()
    errors: tuple[type, ...] = ()
    good: Any = None


@dataclass(frozen=True)
class Outcome:
    """What came of an input: accepted, refused, raw, odd or hang; and why."""

    kind: str
    why: str = ''


class _TimeUpError(BaseException):
    pass


def _stop(number, frame):
    raise _TimeUpError


@contextmanager
def bounded():
    """Bound time and memory of what is done inside."""
    before = signal.signal(signal.SIGALRM, _stop)
    soft, hard = resource.getrlimit(resource.RLIMIT_AS)
    pages = int(Path('/proc/self/statm').read_text().split()[0])
    resource.setrlimit(resource.RLIMIT_AS, (pages * resource.getpagesize() + _MEMORY, hard))
    signal.setitimer(signal.ITIMER_REAL, SECONDS)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
        resource.setrlimit(resource.RLIMIT_AS, (soft, hard))


def put(path: Path, content):
    """Put a content, or a folder, in the place of a file."""
    if path.is_dir():
        shutil.rmtree(path)
    path.unlink(missing_ok=True)
    if content is FOLDER:
        path.mkdir()
    elif content is not None:
        path.write_bytes(content)


def try_input(reader: Reader, folder: Path, content) -> Outcome:
    """Let a reader read one input in a folder that ``prepare`` filled."""
    read_once._kept.clear()  # files change faster here than their times of change
    arguments = (folder,)
    if reader.file is None:
        arguments = (folder, content)
    else:
        put(folder / reader.file, content)
    try:
        with bounded():
            value = reader.read(*arguments)
    except _TimeUpError:
        return Outcome('hang', f'no result within {SECONDS} s')
    except Exception as error:  # judged, not hidden
        return _judge_error(reader, error)
    try:
        fault = reader.odd(value, content)
    except Exception as error:  # a value that cannot even be checked
        fault = f'the check ended in {type(error).__name__}: {ascii(str(error))[:200]}'
    return Outcome('odd', f'{fault}: {str(value)[:500]}') if fault else Outcome('accepted')


def _judge_error(reader: Reader, error: Exception) -> Outcome:
    """Tell a refusal from an error that merely happened."""
    message = str(error)
    named = reader.named or (reader.file,)
    about = f'{type(error).__name__}: {ascii(message)[:500]}'
    if type(error) not in (ValueError, FileNotFoundError, *reader.errors):
        return Outcome('raw', about)
    if not any(name in message for name in named):
        return Outcome('raw', f'names none of {named}: {about}')
    if len(message) > _LONGEST or message.encode('utf-8', 'ignore').decode() != message:
        return Outcome('raw', f'cannot be printed, or is too long ({len(message)}): {about}')
    return Outcome('refused', message)


def peak_memory() -> int:
    """Return the largest resident memory of this process so far, bytes."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


def prepare(reader: Reader, folder: Path) -> Path:
    """Fill a folder with the good files; return it."""
    os.makedirs(folder, exist_ok=True)
    reader.prepare(folder)
    return folder
