"""The memory-mapped files of a corpus: written, read and checked."""

import hashlib
import json
import os.path as osp
import re
from collections.abc import Sequence
from contextlib import contextmanager
from dataclasses import asdict
from itertools import chain
from tokenize import TokenError  # of numpy, which parses headers as Python

import numpy as np

from ...utils.token_rules import TokenRules
from ...utils.validation import check_int
from .base import SourceText
from .tokenizer import ClipTokenizer, Tokenizer, encode_all

# To be raised when the same sources would give other sentences or tokens.
FORMAT_VERSION = 1
_ARRAYS = ('ids', 'id_offsets', 'labels', 'text', 'text_offsets')  # of the fingerprint
_FILES = (*_ARRAYS, 'origins')


def write_corpus(
    folder: str,
    classes: Sequence[str],
    text: SourceText,
    num_workers: int | None = None,
    tokenizer: Tokenizer | None = None,
):
    """Tokenise the sentences of C classes and write the files of a corpus.

    Args:
        folder (str): an empty folder.
        classes (Sequence[str]): C class names.
        text (SourceText): from ``gather_text``, S sentences in all. Its
            warning is repeated whenever the corpus is opened.
        num_workers (int, optional): tokenising processes. Defaults to None,
            one per usable core.
        tokenizer (Tokenizer, optional): Defaults to None, CLIP's.
    """
    tokenizer = tokenizer or ClipTokenizer()
    flat = list(chain.from_iterable(text.sentences))
    ids, id_lengths = encode_all(flat, num_workers, tokenizer)
    encoded = [sentence.encode('utf-8') for sentence in flat]
    arrays = dict(
        ids=ids,
        id_offsets=_offsets(id_lengths),
        labels=np.repeat(np.arange(len(classes)), list(map(len, text.sentences))),
        text=np.frombuffer(b''.join(encoded), dtype=np.uint8),
        text_offsets=_offsets(list(map(len, encoded))),
        origins=np.fromiter(chain.from_iterable(text.origins), dtype=np.int32),
    )
    for name in _FILES:
        np.save(osp.join(folder, f'{name}.npy'), arrays[name])
    with open(osp.join(folder, 'meta.json'), 'w', encoding='utf-8') as file:
        own = tokenizer.identity()
        meta = dict(
            fingerprint=_fingerprint(classes, arrays, own),
            warning=text.warning,
            origin_names=text.origin_names,
            origins=_origins_digest(arrays['origins'], text.origin_names),
        )
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


def _origins_digest(origins: np.ndarray, names: Sequence[str]) -> str:
    """Hash where the sentences come from, which is no content; 64 hex digits."""
    digest = hashlib.sha256(json.dumps(list(names)).encode('utf-8'))
    digest.update(origins)
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
        ``labels`` (S,) int64, ``text`` uint8 in UTF-8, ``text_offsets``
        (S+1,) int64 and ``origins`` (S,) int32, positions in the meta's
        ``origin_names``; and what ``read_meta`` returns.

    Raises:
        RuntimeError: if a file is damaged, gone or of another version.
    """
    meta = read_meta(folder)
    with _name_damage(folder):
        # Copy on write: torch refuses to share read-only arrays quietly.
        arrays = {
            name: np.asarray(np.load(osp.join(folder, f'{name}.npy'), mmap_mode='c'))
            for name in _FILES
        }
        _check_arrays(arrays, meta)
        if classes is not None:
            found = _fingerprint(classes, arrays, meta.get('tokenizer'))
            origins = _origins_digest(arrays['origins'], meta['origin_names'])
            if found != meta['fingerprint'] or origins != meta.get('origins'):
                raise ValueError('its content is not what was written')
    return arrays, meta


def read_meta(folder: str) -> dict:
    """Read what a corpus says of itself.

    Args:
        folder (str): written by ``write_corpus``.

    Returns:
        dict: ``fingerprint``, 64 hex digits; ``warning``, a text or None;
        ``origin_names``, a list of texts, and ``origins``, a digest;
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
            or not isinstance(meta.get('origin_names'), list)
            or not all(isinstance(name, str) for name in meta['origin_names'])
        ):
            raise ValueError('meta.json does not hold a fingerprint, a warning and origin_names')
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
    kinds = (ids, np.int64, np.int64, np.uint8, np.int64, np.int32)
    for name, kind in zip(_FILES, kinds):
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
    origins = arrays['origins']
    if len(origins) != len(labels) or (
        len(origins) and not 0 <= origins.min() <= origins.max() < len(meta['origin_names'])
    ):
        raise ValueError('origins.npy does not fit labels.npy and origin_names of meta.json')


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


def _offsets(lengths: Sequence[int]) -> np.ndarray:
    """Return the start of each piece, and the end of the last, int64."""
    return np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64)
