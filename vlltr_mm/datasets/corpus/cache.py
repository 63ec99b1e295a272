"""A folder per corpus, built once."""

import hashlib
import json
import logging
import os
import os.path as osp
from collections.abc import Callable, Sequence
from contextlib import ExitStack, contextmanager, suppress

from mmengine.logging import print_log

from ...utils.locks import file_lock
from ...utils.whole_path import remove_folder, whole_folder
from .corpus_files import FORMAT_VERSION
from .tokenizer import ClipTokenizer, Tokenizer

# To be raised when sources that were accepted are refused: what is in the
# cache was judged by the rules of then. The fingerprint does not change.
RULES_VERSION = 3
# To be raised when the folder holds more, or other files, of the same
# sentences. The fingerprint does not change.
LAYOUT_VERSION = 2
_LOCK_TIMEOUT = 600  # seconds


def default_cache_dir() -> str:
    """Return $VLLTR_MM_CACHE or ~/.cache/vlltr_mm."""
    return os.environ.get('VLLTR_MM_CACHE') or osp.expanduser('~/.cache/vlltr_mm')


def cache_key(
    classes: Sequence[str], identities: Sequence[dict], tokenizer: Tokenizer | None = None
) -> str:
    """Hash everything that shapes the content of a corpus.

    Args:
        classes (Sequence[str]): C class names.
        identities (Sequence[dict]): what the sources say of themselves.
        tokenizer (Tokenizer, optional): Defaults to None, CLIP's.

    Returns:
        str: 32 hex digits.
    """
    tokenizer = tokenizer or ClipTokenizer()
    own = tokenizer.identity()
    content = json.dumps(
        [
            FORMAT_VERSION,
            RULES_VERSION,
            LAYOUT_VERSION,
            tokenizer.rules.context_length,
            tokenizer.version(),
            list(classes),
            list(identities),
        ]
        + ([] if own is None else [own])
    )
    return hashlib.sha256(content.encode('utf-8')).hexdigest()[:32]


def open_or_build(folder: str, build: Callable[[str], None], read: Callable[[str], object]):
    """Read a folder, which is built if it is not there or damaged, once for all processes.

    The folder is written under a temporary name and renamed, so that it is
    there only when complete. The lock merely spares the other processes the
    same work: without it the first to finish wins.

    Args:
        folder (str): the final name.
        build (Callable): fills the folder whose name it is given.
        read (Callable): reads the folder whose name it is given, and raises a
            RuntimeError if that is damaged.

    Returns:
        object: what ``read`` returned.

    Raises:
        OSError: if the folder around it cannot be written.
    """
    if osp.isdir(folder):
        with suppress(RuntimeError):
            return read(folder)
    with _name_cache(osp.dirname(folder)):
        os.makedirs(osp.dirname(folder), exist_ok=True)
    without = 'several processes may build the same corpus'
    with file_lock(f'{folder}.lock', _LOCK_TIMEOUT, without):
        if osp.isdir(folder):  # built by another process, or damaged
            try:
                return read(folder)
            except RuntimeError as error:
                print_log(
                    f"The cached corpus '{folder}' is damaged ({error.__cause__}); it is built "
                    'again.',
                    'current',
                    level=logging.WARNING,
                )
            with _name_cache(osp.dirname(folder)):
                remove_folder(folder)
        with ExitStack() as stack:
            with _name_cache(osp.dirname(folder)):
                temporary = stack.enter_context(whole_folder(folder))
            build(temporary)
    return read(folder)


@contextmanager
def _name_cache(folder: str):
    """Name the cache folder in an error, and how to choose another."""
    try:
        yield
    except OSError as error:
        raise OSError(
            f"The corpus cache '{folder}' cannot be written ({error}); give "
            'cache_dir, or set VLLTR_MM_CACHE, to a folder that can.'
        ) from error
