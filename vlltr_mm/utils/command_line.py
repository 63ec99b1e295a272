"""What the command lines share: types of arguments, and how errors are shown.

An argument is checked while it is parsed, so that what cannot be written or
read is refused before any work is done.
"""

import argparse
import gc
import linecache
import os
import os.path as osp
import sys
import traceback
from collections.abc import Callable
from contextlib import contextmanager
from pathlib import Path

from mmengine.config import DictAction

from .dist import group_left
from .files import check_writable

_PACKAGE = Path(__file__).parents[1]
_OURS = (_PACKAGE, _PACKAGE.parent / 'tools')


def run_tool(main: Callable[[], None]):
    """Run a tool, and end it with one line where it refuses its input.

    What our own checks raise says all in its message; of any other error the
    whole traceback is shown. What is imported is kept from the garbage
    collector meanwhile: MMEngine calls it for each data set, and loader
    processes would copy the memory that it goes through.

    Args:
        main (Callable): parses and runs.

    Raises:
        SystemExit: with the message, if it was raised on purpose.
    """
    with group_left(), _imports_frozen():
        try:
            main()
        except (ValueError, TypeError, RuntimeError, OSError) as error:
            if not _is_on_purpose(error):
                raise
            sys.exit(f'Refused: {error}')


@contextmanager
def _imports_frozen():
    """Keep the collector from all objects of now."""
    if gc.get_freeze_count() > 10_000:  # the caller did; Python 3.12 starts with 375
        yield
        return
    gc.freeze()
    try:
        yield
    finally:
        gc.unfreeze()  # extensions report what is left when the interpreter ends


def _is_on_purpose(error: Exception) -> bool:
    """Whether our code raised an error itself, or could not open what it was given."""
    frame = traceback.extract_tb(error.__traceback__)[-1]
    if not any(Path(frame.filename).is_relative_to(root) for root in _OURS):
        return False
    line = linecache.getline(frame.filename, frame.lineno).lstrip()
    return line.startswith('raise ') or (isinstance(error, OSError) and bool(error.filename))


class CfgOptions(DictAction):
    """``key=value`` settings, of which malformed ones are named."""

    def __call__(self, parser, namespace, values, option_string=None):
        """Parse the settings.

        Raises:
            argparse.ArgumentError: if one is no ``key=value``.
        """
        for value in values:
            key, equals, _ = value.partition('=')
            if not (key and equals):
                raise argparse.ArgumentError(
                    self,
                    f"'{value}' is no key=value; write a list without white space, or in quotes: "
                    'key="[a,b]".',
                )
        try:
            super().__call__(parser, namespace, values, option_string)
        except AssertionError as error:  # how the host says that a bracket is not closed
            raise argparse.ArgumentError(self, f'{error}; close every bracket.') from error


def output_file(path: str) -> str:
    """Return the name of a file that can be written.

    Args:
        path (str): need not exist, nor need its folder.

    Returns:
        str: the same.

    Raises:
        argparse.ArgumentTypeError: if it is a folder, or cannot be written.
    """
    if not path or path.endswith('/') or osp.isdir(path):
        raise argparse.ArgumentTypeError(f"'{path}' is a folder; name a file in it.")
    output_folder(osp.dirname(path) or '.')
    if osp.exists(path) and not os.access(path, os.W_OK):
        raise argparse.ArgumentTypeError(f"'{path}' is write-protected; name another file.")
    return path


def output_folder(path: str) -> str:
    """Return the name of a folder in which files can be written.

    Args:
        path (str): need not exist; nothing is made.

    Returns:
        str: the same.

    Raises:
        argparse.ArgumentTypeError: if it is a file, or cannot be written in.
    """
    if not path:
        raise argparse.ArgumentTypeError('the name of the folder is empty; give one.')
    try:
        check_writable(path)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from error
    return path


def picture_file(path: str) -> str:
    """Return the name of a picture that can be written.

    Args:
        path (str): see ``output_file``; its ending says the format.

    Returns:
        str: the same.

    Raises:
        argparse.ArgumentTypeError: see ``output_file``; or if no picture has
            that ending.
    """
    endings = ('.png', '.pdf', '.svg', '.jpg', '.jpeg', '.eps', '.ps', '.tif', '.tiff', '.webp')
    if osp.splitext(path)[1].lower() not in endings:
        raise argparse.ArgumentTypeError(f"'{path}' does not end in one of {', '.join(endings)}.")
    return output_file(path)


def input_file(path: str) -> str:
    """Return the name of a file that is there.

    Args:
        path (str): the file.

    Returns:
        str: the same.

    Raises:
        argparse.ArgumentTypeError: if there is none.
    """
    if not osp.isfile(path):
        kind = 'is a folder' if osp.isdir(path) else 'does not exist'
        raise argparse.ArgumentTypeError(f"'{path}' {kind}; name a file.")
    return path


def optional_checkpoint(path: str) -> str | None:
    """Return a checkpoint as ``checkpoint_file`` does, and None for an empty name.

    Launch scripts pass that where there is none: some configs train nothing.
    """
    return checkpoint_file(path) if path else None


def checkpoint_file(path: str) -> str:
    """Return the name of a checkpoint that is there, or an address.

    Args:
        path (str): the file; an address with '://' is not looked at.

    Returns:
        str: the same.

    Raises:
        argparse.ArgumentTypeError: if it is no address and no file.
    """
    return path if '://' in path else input_file(path)


def positive(text: str) -> int:
    """Return a whole number from 1 on.

    Args:
        text (str): of the command line.

    Returns:
        int: the number.

    Raises:
        argparse.ArgumentTypeError: if it is none.
    """
    return _whole(text, 1)


def not_negative(text: str) -> int:
    """Return a whole number from 0 on; see ``positive``."""
    return _whole(text, 0)


def share_or_number(text: str) -> float | int:
    """Return a share above 0 and below 1, or a whole number from 0 on.

    Args:
        text (str): of the command line.

    Returns:
        float | int: '0.1' is a share, '10' a number.

    Raises:
        argparse.ArgumentTypeError: if it is neither.
    """
    if '.' not in text:
        return not_negative(text)
    try:
        value = float(text)
    except ValueError:
        value = 0.0
    if not 0 < value < 1:
        raise argparse.ArgumentTypeError(f"'{text}' is no share, such as 0.1, and no number.")
    return value


def _whole(text: str, least: int) -> int:
    """Return a whole number from ``least`` on."""
    if not (text.isascii() and text.isdigit() and int(text) >= least):
        raise argparse.ArgumentTypeError(f"'{text}' is no whole number from {least} on.")
    return int(text)
