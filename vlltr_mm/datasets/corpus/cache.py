"""A folder of memory-mapped files per corpus, built once."""

import hashlib
import json
import logging
import os
import os.path as osp
import re
from collections.abc import Callable, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import asdict
from tokenize import TokenError  # of numpy, which parses headers as Python

import numpy as np
from mmengine.logging import print_log

from ...utils.locks import file_lock
from ...utils.token_rules import TokenRules
from ...utils.validation import check_int
from ...utils.whole_path import remove_folder, whole_folder
from .tokenizer import ClipTokenizer, Tokenizer, encode_all

# To be raised when the same sources would give other sentences or files.
FORMAT_VERSION = 1
# To be raised when sources that were accepted are refused: what is in the
# cache was judged by the rules of then. The fingerprint does not change.
RULES_VERSION = 2
_ARRAYS = ('ids', 'id_offsets', 'labels', 'text', 'text_offsets')
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


def write_corpus(
    folder: str,
    classes: Sequence[str],
    sentences: Sequence[list[str]],
    warning: str | None,
    num_workers: int | None = None,
    tokenizer: Tokenizer | None = None,
):
    """Tokenise the sentences of C classes and write the files of a corpus.

    Args:
        folder (str): an empty folder.
        classes (Sequence[str]): C class names.
        sentences (Sequence[list[str]]): the sentences of each class, S in
            all.
        warning (str, optional): repeated whenever the corpus is opened.
        num_workers (int, optional): tokenising processes. Defaults to None,
            one per usable core.
        tokenizer (Tokenizer, optional): Defaults to None, CLIP's.
    """
    tokenizer = tokenizer or ClipTokenizer()
    flat = [text for own in sentences for text in own]
    ids, id_lengths = encode_all(flat, num_workers, tokenizer)
    encoded = [text.encode('utf-8') for text in flat]
    arrays = dict(
        ids=ids,
        id_offsets=_offsets(id_lengths),
        labels=np.repeat(np.arange(len(classes)), list(map(len, sentences))),
        text=np.frombuffer(b''.join(encoded), dtype=np.uint8),
        text_offsets=_offsets(list(map(len, encoded))),
    )
    for name in _ARRAYS:
        np.save(osp.join(folder, f'{name}.npy'), arrays[name])
    with open(osp.join(folder, 'meta.json'), 'w', encoding='utf-8') as file:
        own = tokenizer.identity()
        meta = dict(fingerprint=_fingerprint(classes, arrays, own), warning=warning)
        if own is not None:  # CLIP's corpora are as they were before there were others
            meta['tokenizer'] = own
            meta.update(rules=asdict(tokenizer.rules), pad_id=tokenizer.pad_id)
        json.dump(meta, file)


def _fingerprint(
    classes: Sequence[str], arrays: dict[str, np.ndarray], tokenizer: dict | None
) -> str:
    """Hash the content of a corpus, 64 hex digits."""
    content = [FORMAT_VERSION, list(classes)] + ([] if tokenizer is None else [tokenizer])
    digest = hashlib.sha256(json.dumps(content).encode('utf-8'))
    for name in _ARRAYS:
        digest.update(name.encode())
        digest.update(arrays[name])
    return digest.hexdigest()


def read_corpus(
    folder: str, classes: Sequence[str] | None = None
) -> tuple[dict[str, np.ndarray], dict]:
    """Map the files of a corpus into memory.

    Args:
        folder (str): written by ``write_corpus``.
        classes (Sequence[str], optional): C class names, with which the
            content is compared with its fingerprint. Defaults to None: it is
            not read.

    Returns:
        tuple[dict[str, np.ndarray], dict]: ``ids`` (T,), of T tokens, uint16
        or for a large vocabulary uint32, ``id_offsets`` (S+1,) int64,
        ``labels`` (S,) int64, ``text`` uint8 in UTF-8 and ``text_offsets``
        (S+1,) int64; and what ``read_meta`` returns.

    Raises:
        RuntimeError: if a file is damaged, gone or of another version.
    """
    meta = read_meta(folder)
    with _name_damage(folder):
        # Copy on write: torch refuses to share read-only arrays quietly.
        arrays = {
            name: np.asarray(np.load(osp.join(folder, f'{name}.npy'), mmap_mode='c'))
            for name in _ARRAYS
        }
        _check_arrays(arrays, meta)
        if classes is not None:
            found = _fingerprint(classes, arrays, meta.get('tokenizer'))
            if found != meta['fingerprint']:
                raise ValueError('its content is not what was written')
    return arrays, meta


def read_meta(folder: str) -> dict:
    """Read what a corpus says of itself.

    Args:
        folder (str): written by ``write_corpus``.

    Returns:
        dict: ``fingerprint``, 64 hex digits; ``warning``, a text or None;
        ``rules`` (TokenRules) and ``pad_id`` of its tokenizer; and
        ``tokenizer``, what that says of itself, where it is not CLIP's own.

    Raises:
        RuntimeError: if the file is damaged, gone or of another version.
    """
    with _name_damage(folder):
        with open(osp.join(folder, 'meta.json'), encoding='utf-8') as file:
            meta = json.load(file)
        if (
            not isinstance(meta, dict)
            or not re.fullmatch('[0-9a-f]{64}', str(meta.get('fingerprint')))
            or not isinstance(meta.get('warning', 0), (str, type(None)))
        ):
            raise ValueError('meta.json does not hold a fingerprint and a warning')
        own = 'tokenizer' in meta  # others are CLIP's
        meta['rules'] = (
            TokenRules.from_meta(meta.get('rules'), 'rules of meta.json') if own else TokenRules()
        )
        pad_id = meta.get('pad_id') if own else 0
        meta['pad_id'] = check_int(pad_id, 'pad_id of meta.json', 0, meta['rules'].vocab_size - 1)
    return meta


def _check_arrays(arrays: dict[str, np.ndarray], meta: dict):
    """Compare types, lengths and order; text and ids are not read."""
    ids = np.uint16 if meta['rules'].vocab_size <= 2**16 else np.uint32
    for name, kind in zip(_ARRAYS, (ids, np.int64, np.int64, np.uint8, np.int64)):
        if arrays[name].dtype != kind or arrays[name].ndim != 1:
            raise ValueError(f'{name}.npy holds {arrays[name].dtype} {arrays[name].shape}')
    # A sentence of CLIP's has a start and an end id at least.
    fewest = 2 if meta.get('tokenizer') is None else 1
    for name, offsets, least in (('ids', 'id_offsets', fewest), ('text', 'text_offsets', 0)):
        ends = arrays[offsets]
        if (
            len(ends) != len(arrays['labels']) + 1
            or ends[0] != 0
            or ends[-1] != len(arrays[name])
            or (ends[1:] < ends[:-1] + least).any()
        ):
            raise ValueError(f'{offsets}.npy does not fit {name}.npy and labels.npy')
    labels = arrays['labels']
    if len(labels) and (labels[0] < 0 or (labels[1:] < labels[:-1]).any()):
        raise ValueError('labels.npy is not in ascending order')


@contextmanager
def _name_damage(folder: str):
    """Name the cached corpus in an error, and the remedy."""
    try:
        yield
    except (OSError, ValueError, EOFError, RecursionError, SyntaxError, TokenError) as error:
        raise RuntimeError(
            f"The cached corpus '{folder}' is damaged "
            f'({error}); delete this folder, it will be built again.'
        ) from error


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


def _offsets(lengths: Sequence[int]) -> np.ndarray:
    """Return the start of each piece, and the end of the last, int64."""
    return np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64)
