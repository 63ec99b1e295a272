"""CLIP's prompt templates and its tokenizer, through open_clip."""

import re
from collections.abc import Callable, Iterable
from functools import lru_cache
from importlib.metadata import version

import numpy as np

CONTEXT_LENGTH = 77  # L of every CLIP text tower, start and end included
_SPECIAL = re.compile('<(?:start|end)_of_text>', re.IGNORECASE)
# Letters of a word that are read: the ids of more would be cut anyway, and
# the time to find them grows with the square.
_LONGEST = 3000


def imagenet_templates() -> tuple[str, ...]:
    """Return CLIP's 80 prompt templates, '{}' standing for the class name."""
    from open_clip import OPENAI_IMAGENET_TEMPLATES

    return tuple(fill('{}') for fill in OPENAI_IMAGENET_TEMPLATES)


def imagenet_classes() -> tuple[str, ...]:
    """Return CLIP's names of ImageNet's 1000 classes, in the order of their index."""
    from open_clip import IMAGENET_CLASSNAMES

    return tuple(IMAGENET_CLASSNAMES)


def tokenizer_version() -> str:
    """Return the versions of the libraries that decide which ids a text gets."""
    import open_clip

    return f'open_clip {open_clip.__version__}, ftfy {version("ftfy")}'


def encode_texts(texts: Iterable[str]) -> tuple[np.ndarray, np.ndarray]:
    """Tokenise texts into ragged CLIP ids.

    Each text becomes the start id 49406, its first 75 ids and the end id
    49407, as by ``open_clip.tokenize`` without the padding. A literal
    '<start_of_text>' or '<end_of_text>' in a text, which CLIP's tokenizer
    would take for the special id, counts as white space.

    Args:
        texts (Iterable[str]): S texts.

    Returns:
        tuple[np.ndarray, np.ndarray]: the ids of all texts one after another
        (T,) uint16, and the number of ids of each text (S,) int64.

    Examples:
        >>> ids, lengths = encode_texts(['a cat', ''])
        >>> ids.tolist(), lengths.tolist()
        ([49406, 320, 2368, 49407, 49406, 49407], [4, 2])
    """
    encode, start, end = _encoder()
    ids, lengths = [], []
    for text in texts:
        own = encode(text)[: CONTEXT_LENGTH - 2]
        ids.append(start)
        ids.extend(own)
        ids.append(end)
        lengths.append(len(own) + 2)
    return np.array(ids, dtype=np.uint16), np.array(lengths, dtype=np.int64)


def count_tokens(texts: Iterable[str]) -> np.ndarray:
    """Count the ids that texts would have if none were cut.

    Args:
        texts (Iterable[str]): S texts.

    Returns:
        np.ndarray: (S,) int64, start and end included; above
        ``CONTEXT_LENGTH`` where ``encode_texts`` cuts.

    Examples:
        >>> count_tokens(['a cat', 'cat ' * 100]).tolist()
        [4, 102]
    """
    encode, _, _ = _encoder()
    return np.array([len(encode(text)) + 2 for text in texts], dtype=np.int64)


def is_blank(text: str) -> bool:
    """Whether the tokenizer finds nothing in a text.

    Args:
        text (str): any text.

    Returns:
        bool: True if its ids would be the start and the end alone.

    Examples:
        >>> is_blank('&nbsp; <end_of_text>'), is_blank('a cat')
        (True, False)
    """
    if text[:1].isalnum() and '&' not in text and '<' not in text:
        return False
    return not text.strip() or not _encoder()[0](text)


class _WordIds(dict):
    """The ids of each word met so far."""

    def __init__(self, tokenizer):
        super().__init__()
        self._tokenizer = tokenizer

    def __missing__(self, word: str) -> tuple[int, ...]:
        tokenizer = self._tokenizer
        symbols = ''.join(tokenizer.byte_encoder[b] for b in word.encode('utf-8'))
        ids = tuple(tokenizer.encoder[part] for part in tokenizer.bpe(symbols).split(' '))
        self[word] = ids
        return ids


@lru_cache(maxsize=None)
def _encoder() -> tuple[Callable, int, int]:
    """Return the function text → ids, and the start and end ids."""
    from open_clip import SimpleTokenizer

    tokenizer = SimpleTokenizer()
    words = _WordIds(tokenizer)

    def clean(text: str) -> str:
        # ftfy and html.unescape, half of the time, change no such text.
        if text.isascii() and text.isprintable() and '&' not in text:
            text = text.lower()
        else:
            text = tokenizer.clean_fn(text)
        return _SPECIAL.sub(' ', text) if '_of_text>' in text else text

    def encode(text: str) -> list:
        return [i for word in tokenizer.pat.findall(clean(text)) for i in words[word[:_LONGEST]]]

    return encode, tokenizer.sot_token_id, tokenizer.eot_token_id
