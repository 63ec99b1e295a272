"""The tokenizer that belongs to a text tower, and all texts through it."""

import multiprocessing
import os

import numpy as np
from mmengine.logging import print_log
from rich.progress import track

from ...utils.token_rules import CLIP, TokenRules
from ...utils.validation import shown
from .clip_tokens import ClipTokenizer, text_config
from .file_tokenizer import FileTokenizer

Tokenizer = ClipTokenizer | FileTokenizer
_LARGE = 50_000  # sentences; below, a second process costs more than it saves
_CHUNK = 5_000  # sentences handed to a process at a time
_KEYS = {'arch', 'file', 'pad_token'}


def build_tokenizer(config: dict | None = None) -> Tokenizer:
    """Build the tokenizer of an architecture of open_clip.

    Args:
        config (dict, optional): ``arch``, that of the text tower: a name or a
            dict as in ``OpenCLIPTextBackbone``; ``file``, its
            ``tokenizer.json``, where the architecture has another tokenizer
            than CLIP's; and possibly ``pad_token``, see ``FileTokenizer``.
            Defaults to None, CLIP's tokenizer and 77 ids.

    Returns:
        ClipTokenizer | FileTokenizer: with ``rules``, ``pad_id``, ``fewest``,
        ``identity``, ``version``, ``encode``, ``count`` and ``is_blank``.

    Raises:
        FileNotFoundError: if ``file`` is not there.
        ValueError: if arch or file are missing, unknown or do not belong
            together.
    """
    if config is None:
        return ClipTokenizer()
    if not hasattr(config, 'keys') or 'arch' not in config or set(config) - _KEYS:
        raise ValueError(
            f'tokenizer is {shown(config)}; give dict(arch=...), that of the text tower, and '
            'file=... and pad_token=... where it has a tokenizer.json.'
        )
    arch, file = config['arch'], config.get('file')
    cfg = text_config(arch) if isinstance(arch, str) else arch.get('text_cfg', {})
    rules = TokenRules.of_text_config(cfg, repr(arch))
    if (rules.tokenizer == CLIP) != (file is None):
        raise ValueError(
            f"The text tower of arch={shown(arch)} has CLIP's tokenizer, which comes with "
            f'open_clip; leave tokenizer.file out (it is {file}).'
            if rules.tokenizer == CLIP
            else f'The text tower of arch={shown(arch)} has the tokenizer of {rules.tokenizer}; '
            "fetch its tokenizer.json and give corpus=dict(tokenizer=dict(arch=..., file='…/"
            "tokenizer.json'), ...) (docs/weights.md)."
        )
    if file is None:
        return ClipTokenizer(rules)
    return FileTokenizer(rules, file, config.get('pad_token'))


def encode_all(
    texts: list[str], num_workers: int | None, tokenizer: Tokenizer
) -> tuple[np.ndarray, np.ndarray]:
    """Tokenise S texts, in several processes where that pays.

    Args:
        texts (list[str]): S texts.
        num_workers (int, optional): processes. None is one per usable core.
        tokenizer (Tokenizer): from ``build_tokenizer``.

    Returns:
        tuple[np.ndarray, np.ndarray]: as ``tokenizer.encode`` of all.
    """
    if num_workers is None:
        num_workers = (
            len(os.sched_getaffinity(0)) if hasattr(os, 'sched_getaffinity') else os.cpu_count()
        )
    alone = (
        len(texts) < _LARGE
        or num_workers < 2
        or 'fork' not in multiprocessing.get_all_start_methods()
        # A process of a pool, such as a loader's, may have no children.
        or multiprocessing.current_process().daemon
    )
    chunks = [texts[i : i + _CHUNK] for i in range(0, max(len(texts), 1), _CHUNK)]
    if alone:
        parts = _progress(map(tokenizer.encode, chunks), chunks)
    else:
        tokenizer.encode(['Load the vocabulary before the fork.'])
        fork = multiprocessing.get_context('fork')
        with fork.Pool(num_workers, _share, (tokenizer,)) as pool:  # forked, not pickled
            parts = _progress(pool.imap(_encode_chunk, chunks), chunks)
    ids, lengths = map(np.concatenate, zip(*parts))
    if tokenizer.identity() is not None:
        _say_full(lengths, tokenizer.rules.context_length)
    return ids, lengths


def _share(tokenizer: Tokenizer):
    """Keep the tokenizer of the process that was forked."""
    global _shared
    _shared = tokenizer


def _encode_chunk(texts: list[str]) -> tuple[np.ndarray, np.ndarray]:
    return _shared.encode(texts)


def _progress(parts, chunks: list) -> list:
    return list(
        track(
            parts,
            total=len(chunks),
            description='Tokenising the corpus',
            disable=len(chunks) * _CHUNK <= _LARGE,
            transient=True,
        )
    )


def _say_full(lengths: np.ndarray, limit: int):
    """Say how many sentences may be cut."""
    full = int((lengths == limit).sum())
    if full:
        print_log(
            f'{full:,} of {len(lengths):,} sentences fill the {limit} tokens that the text tower '
            'reads; what is longer was cut (tools/analysis_tools/check_corpus.py counts those).',
            'current',
        )
