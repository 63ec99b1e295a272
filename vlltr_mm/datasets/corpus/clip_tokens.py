"""CLIP's prompt templates and its tokenizer, through open_clip."""

import re
from collections.abc import Callable, Iterable
from dataclasses import asdict, replace
from functools import lru_cache
from importlib.metadata import version

import numpy as np

from ...utils.token_rules import TokenRules

_CLIP = TokenRules()
_SPECIAL = re.compile('<(?:start|end)_of_text>', re.IGNORECASE)
# Letters of a word that are read: the ids of more would be cut anyway, and
# the time to find them grows with the square.
_LONGEST = 3000


def imagenet_templates() -> tuple[str, ...]:
    """Return CLIP's 80 prompt templates, '{}' standing for the class name."""
    from open_clip import OPENAI_IMAGENET_TEMPLATES

    return tuple(fill('{}') for fill in OPENAI_IMAGENET_TEMPLATES)


def best_imagenet_templates() -> tuple[str, ...]:
    """Return the 7 prompt templates that CLIP's authors found to be enough for ImageNet."""
    from open_clip import SIMPLE_IMAGENET_TEMPLATES

    return tuple(fill('{}') for fill in SIMPLE_IMAGENET_TEMPLATES)


def imagenet_classes() -> tuple[str, ...]:
    """Return CLIP's names of ImageNet's 1000 classes, in the order of their index."""
    from open_clip import IMAGENET_CLASSNAMES

    return tuple(IMAGENET_CLASSNAMES)


def text_config(arch: str) -> dict:
    """Return the text part of an architecture of open_clip.

    Raises:
        ValueError: if open_clip knows no such name.
    """
    import open_clip

    config = open_clip.get_model_config(arch)
    if config is None:
        raise ValueError(
            f"tokenizer.arch is '{arch}', which open_clip {open_clip.__version__} does not know; "
            "name the architecture of the text tower, such as 'ViT-B-16-SigLIP'."
        )
    return config['text_cfg']


def clean_function(kind: str) -> Callable[[str], str]:
    """Return what open_clip does to a text before its tokenizers, see ``TokenRules.clean``."""
    from open_clip.tokenizer import get_clean_fn

    return get_clean_fn(kind)


def tokenizer_version() -> str:
    """Return the versions of the libraries that decide which ids a text gets."""
    import open_clip

    return f'open_clip {open_clip.__version__}, ftfy {version("ftfy")}'


def encode_texts(
    texts: Iterable[str], context_length: int = _CLIP.context_length, clean: str = _CLIP.clean
) -> tuple[np.ndarray, np.ndarray]:
    """Tokenise texts into ragged CLIP ids.

    Each text becomes the start id 49406, its first 75 ids and the end id
    49407, as by ``open_clip.tokenize`` without the padding. A literal
    '<start_of_text>' or '<end_of_text>' in a text, which CLIP's tokenizer
    would take for the special id, counts as white space.

    Args:
        texts (Iterable[str]): S texts.
        context_length (int): the most ids of a text, start and end included.
            Defaults to 77, CLIP's.
        clean (str): see ``TokenRules``. Defaults to 'lower', CLIP's.

    Returns:
        tuple[np.ndarray, np.ndarray]: the ids of all texts one after another
        (T,) uint16, and the number of ids of each text (S,) int64.

    Examples:
        >>> ids, lengths = encode_texts(['a cat', ''])
        >>> ids.tolist(), lengths.tolist()
        ([49406, 320, 2368, 49407, 49406, 49407], [4, 2])
    """
    encode, start, end = _encoder(clean)
    ids, lengths = [], []
    for text in texts:
        own = encode(text)[: context_length - 2]
        ids.append(start)
        ids.extend(own)
        ids.append(end)
        lengths.append(len(own) + 2)
    return np.array(ids, dtype=np.uint16), np.array(lengths, dtype=np.int64)


def count_tokens(texts: Iterable[str], clean: str = _CLIP.clean) -> np.ndarray:
    """Count the ids that texts would have if none were cut.

    Args:
        texts (Iterable[str]): S texts.
        clean (str): as for ``encode_texts``.

    Returns:
        np.ndarray: (S,) int64, start and end included; above the context
        length where ``encode_texts`` cuts.

    Examples:
        >>> count_tokens(['a cat', 'cat ' * 100]).tolist()
        [4, 102]
    """
    encode, _, _ = _encoder(clean)
    return np.array([len(encode(text)) + 2 for text in texts], dtype=np.int64)


def is_blank(text: str, clean: str = _CLIP.clean) -> bool:
    """Whether the tokenizer finds nothing in a text.

    Args:
        text (str): any text.
        clean (str): as for ``encode_texts``.

    Returns:
        bool: True if its ids would be the start and the end alone.

    Examples:
        >>> is_blank('&nbsp; <end_of_text>'), is_blank('a cat')
        (True, False)
    """
    if text[:1].isalnum() and '&' not in text and '<' not in text:
        return False
    return not text.strip() or not _encoder(clean)[0](text)


class ClipTokenizer:
    """CLIP's tokenizer by the rules of a text tower.

    Args:
        rules (TokenRules): of the tower, whose vocabulary may be larger.

    Raises:
        ValueError: if the tower's vocabulary is smaller, it looks for another
            end, or a sentence has no room beside start and end.
    """

    pad_id = 0
    fewest = 2  # ids of any text: start and end

    def __init__(self, rules: TokenRules = _CLIP):
        if rules.vocab_size < _CLIP.vocab_size or rules.context_length <= self.fewest:
            raise ValueError(
                f'The text tower has vocab_size={rules.vocab_size} and context_length='
                f"{rules.context_length}; CLIP's tokenizer gives ids below {_CLIP.vocab_size}, and "
                'a start and an end around them. Correct text_cfg, or name the tokenizer of these '
                'weights there (hf_tokenizer_name).'
            )
        end = _CLIP.vocab_size - 1
        if rules.end_id not in (None, end):
            raise ValueError(
                f'The text tower looks for the end of a text by eos_id={rules.end_id}, but with '
                f"CLIP's tokenizer that is {end}; correct text_cfg."
            )
        self.rules = replace(rules, vocab_size=_CLIP.vocab_size)

    def identity(self) -> dict | None:
        """Describe what shapes the ids; None for CLIP's own rules."""
        return None if self.rules.are_clips else asdict(self.rules)

    def version(self) -> str:
        """Return the versions of the libraries that decide which ids a text gets."""
        return tokenizer_version()

    def encode(self, texts: Iterable[str]) -> tuple[np.ndarray, np.ndarray]:
        """Tokenise texts, see ``encode_texts``."""
        return encode_texts(texts, self.rules.context_length, self.rules.clean)

    def count(self, texts: Iterable[str]) -> np.ndarray:
        """Count the ids without a cut, see ``count_tokens``."""
        return count_tokens(texts, self.rules.clean)

    def is_blank(self, text: str) -> bool:
        """Whether the tokenizer finds nothing in a text."""
        return is_blank(text, self.rules.clean)


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
def _encoder(cleaning: str) -> tuple[Callable, int, int]:
    """Return the function text → ids, and the start and end ids."""
    from open_clip import SimpleTokenizer

    tokenizer = SimpleTokenizer(clean=cleaning)
    words = _WordIds(tokenizer)

    def clean(text: str) -> str:
        # ftfy and html.unescape, half of the time, change no such text.
        if cleaning == 'lower' and text.isascii() and text.isprintable() and '&' not in text:
            text = text.lower()
        else:
            text = tokenizer.clean_fn(text)
        return _SPECIAL.sub(' ', text) if '_of_text>' in text else text

    def encode(text: str) -> list:
        return [i for word in tokenizer.pat.findall(clean(text)) for i in words[word[:_LONGEST]]]

    return encode, tokenizer.sot_token_id, tokenizer.eot_token_id
