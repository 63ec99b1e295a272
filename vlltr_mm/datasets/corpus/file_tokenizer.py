"""Tokenizers that open_clip would download, from a local tokenizer.json."""

import json
import os.path as osp
import re
from collections.abc import Iterable
from dataclasses import asdict
from functools import cached_property
from importlib.metadata import PackageNotFoundError, version

import numpy as np

from ...utils.token_rules import TokenRules
from ...utils.validation import shown
from ...utils.weights_digest import file_digest
from .clip_tokens import clean_function, tokenizer_version

# Entries behind the vocabulary of T5's kind, which no text becomes.
_SENTINEL = re.compile('▁?<extra_id_[0-9]+>')
_SIDES = ('padding_side', 'truncation_side')
_ADDED = ('add_bos_token', 'add_eos_token')


class FileTokenizer:
    """A tokenizer of Hugging Face's form by the rules of a text tower.

    Texts are cleaned, tokenised, given their special ids and cut as by
    open_clip's ``HFTokenizer``. What ``tokenizer.json`` does not say, the
    padding above all, is in ``tokenizer_config.json`` or
    ``special_tokens_map.json`` beside it.

    Args:
        rules (TokenRules): of the tower.
        file (str): ``tokenizer.json``.
        pad_token (str, optional): the text of the padding token. Defaults to
            None: that of the files.

    Raises:
        FileNotFoundError: if there is no such file.
        ModuleNotFoundError: if the library tokenizers is not installed.
        ValueError: if the file is no tokenizer, its vocabulary is larger than
            the tower's, sentences have no room beside the special ids, or the
            padding is unknown.
    """

    def __init__(self, rules: TokenRules, file: str, pad_token: str | None = None):
        self.rules = rules
        self.file = osp.expanduser(file)
        if not osp.isfile(self.file):
            raise FileNotFoundError(
                f'tokenizer.file is {file}, which does not exist; put the tokenizer.json of '
                f'{rules.tokenizer} there (docs/weights.md).'
            )
        self._config = self._read('tokenizer_config.json')
        self._map = self._read('special_tokens_map.json')
        for side in _SIDES:
            if self._config.get(side, 'right') != 'right':
                raise ValueError(
                    f'{self.file}: {side} of tokenizer_config.json is '
                    f'{shown(self._config[side])}; text towers here are padded and cut at the '
                    "right. Set it to 'right' if the tower was trained so."
                )
        self._pad_token = pad_token

    @cached_property
    def fewest(self) -> int:
        """Ids of any text: the special ones."""
        return self._tokenizer.num_special_tokens_to_add(False)

    @cached_property
    def pad_id(self) -> int:
        """The id behind the end of a sentence."""
        tokenizer = self._tokenizer  # loaded now
        token = self._pad_token or self._named('pad_token')
        token = token or self._padding.get('pad_token')
        if token is None and tokenizer.token_to_id('[PAD]') is not None:
            token = '[PAD]'  # BERT's files do not name it
        if token is None:
            raise ValueError(
                f'{self.file} does not say what it pads with, and there is no '
                "tokenizer_config.json beside it that does; put that there, or give pad_token='…'."
            )
        return self._id_of(token, 'pad_token')

    def identity(self) -> dict:
        """Describe what shapes the ids."""
        tokens = dict(pad_token=self._pad_token or self._named('pad_token'))
        return dict(
            asdict(self.rules),
            file=file_digest(self.file),
            sep_token=self._named('sep_token'),
            **tokens,
        )

    def version(self) -> str:
        """Return the versions of the libraries that decide which ids a text gets."""
        try:
            own = version('tokenizers')
        except PackageNotFoundError:
            raise _missing_library() from None
        return f'{tokenizer_version()}, tokenizers {own}'

    def encode(self, texts: Iterable[str]) -> tuple[np.ndarray, np.ndarray]:
        """Tokenise texts into ragged ids, special ones included.

        Args:
            texts (Iterable[str]): S texts.

        Returns:
            tuple[np.ndarray, np.ndarray]: the ids of all texts one after
            another (T,), uint16 where these hold the vocabulary and else
            uint32, and the number of ids of each text (S,) int64.

        Raises:
            ValueError: if a text has an id that the tower does not know.
        """
        texts = list(texts)
        self._tokenizer.enable_truncation(self.rules.context_length)
        rows = [np.array(e.ids, dtype=np.int64) for e in self._encode(texts)]
        for text, row in zip(texts, rows):
            if len(row) and row.max() >= self.rules.vocab_size:
                raise ValueError(
                    f'{self.file} gives {shown(text)} the id {row.max()}, but the text tower has '
                    f'vocab_size={self.rules.vocab_size}; name the tokenizer of these weights.'
                )
        ids = np.concatenate([np.zeros(0, dtype=np.int64), *rows])
        if self.rules.strip_sep_token:
            ids[ids == self._id_of(self._named('sep_token') or '[SEP]', 'sep_token')] = 0
        kind = np.uint16 if self.rules.vocab_size <= 2**16 else np.uint32
        return ids.astype(kind), np.array([len(row) for row in rows], dtype=np.int64)

    def count(self, texts: Iterable[str]) -> np.ndarray:
        """Count the ids (S,) int64 that texts would have if none were cut."""
        self._tokenizer.no_truncation()
        return np.array([len(e.ids) for e in self._encode(texts)], dtype=np.int64)

    def is_blank(self, text: str) -> bool:
        """Whether the tokenizer finds nothing in a text."""
        if text[:1].isalnum() and '&' not in text and '<' not in text:
            return False
        return not text.strip() or int(self.count([text])[0]) <= self.fewest

    def _encode(self, texts: Iterable[str]) -> list:
        clean = clean_function(self.rules.clean)
        return self._tokenizer.encode_batch([clean(text) for text in texts])

    @cached_property
    def _tokenizer(self):
        """The library's tokenizer, checked."""
        try:
            from tokenizers import Tokenizer
        except ImportError:
            raise _missing_library() from None
        try:
            tokenizer = Tokenizer.from_file(self.file)
        except Exception as error:  # the library raises no other kind
            raise ValueError(
                f'{self.file} is no tokenizer.json ({error}); fetch it again.'
            ) from error
        self._padding = tokenizer.padding or {}
        tokenizer.no_padding()
        self._check(tokenizer)
        return tokenizer

    def _check(self, tokenizer):
        """Compare the tokenizer with the tower and with what is said of it."""
        vocabulary = tokenizer.get_vocab(with_added_tokens=True)
        ids = [i for token, i in vocabulary.items() if not _SENTINEL.fullmatch(token)]
        if max(ids, default=0) >= self.rules.vocab_size:
            raise ValueError(
                f'{self.file} has ids up to {max(ids)}, the text tower has vocab_size='
                f'{self.rules.vocab_size}; name the tokenizer.json of {self.rules.tokenizer}.'
            )
        special = tokenizer.num_special_tokens_to_add(False)
        if self.rules.context_length <= special:
            raise ValueError(
                f'The text tower has context_length={self.rules.context_length}, and {self.file} '
                f'adds {special} special ids to each sentence; none has room. Correct text_cfg.'
            )
        end = self.rules.end_id
        if end is not None and tokenizer.encode('a').ids[-1:] != [end]:
            raise ValueError(
                f'The text tower looks for the end of a text by eos_id={end}, but {self.file} ends '
                f'it with {tokenizer.encode("a").ids[-1:]}; name the tokenizer.json of '
                f'{self.rules.tokenizer}.'
            )
        added = [self._config.get(key) for key in _ADDED]
        if None not in added and sum(map(bool, added)) > special:
            raise ValueError(
                f'{self.file} adds {special} special ids to a sentence, but the '
                f'tokenizer_config.json beside it says {_ADDED[0]}={added[0]}, {_ADDED[1]}='
                f'{added[1]}. Load both with transformers and save them again, so that '
                'tokenizer.json adds them itself.'
            )

    def _named(self, key: str) -> str | None:
        """Return the text of a special token that the files beside name."""
        for content in (self._config, self._map):
            token = content.get(key)
            token = token.get('content') if isinstance(token, dict) else token
            if isinstance(token, str):
                return token
        return None

    def _id_of(self, token: str, what: str) -> int:
        """Return the id of a special token."""
        found = self._tokenizer.token_to_id(token)
        if found is None or found >= self.rules.vocab_size:
            raise ValueError(
                f'{self.file}: {what} is {shown(token)}, which has '
                f'{"no id" if found is None else f"the id {found}"} there; ids are below '
                f'{self.rules.vocab_size}. Correct it.'
            )
        return found

    def _read(self, name: str) -> dict:
        """Read a file beside the tokenizer; empty where there is none."""
        path = osp.join(osp.dirname(self.file), name)
        if not osp.isfile(path):
            return {}
        try:
            with open(path, encoding='utf-8') as file:
                content = json.load(file)
        except (ValueError, RecursionError) as error:
            raise ValueError(f'{path} cannot be read ({error}); fetch it again.') from error
        if not isinstance(content, dict):
            raise ValueError(f'{path} holds {shown(content)}; a mapping is needed.')
        return content


def _missing_library() -> ModuleNotFoundError:
    return ModuleNotFoundError(
        'This text tower has a tokenizer.json, which the library tokenizers reads; install it '
        'with `pip install tokenizers`.'
    )
