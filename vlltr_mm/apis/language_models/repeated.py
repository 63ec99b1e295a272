"""Sentences that say the same again, within a class and over classes; pure functions."""

import re
from collections import defaultdict
from collections.abc import Mapping, Sequence

from ...datasets.corpus.class_names import comparable_name
from .prompts import spoken_name

_WORD = re.compile(r'\w+')
# Words without which a description says the same.
_SMALL = frozenset(
    (
        *('a', 'an', 'the', 'this', 'that', 'these', 'which', 'it', 'its', 'they', 'their'),
        *('of', 'on', 'in', 'at', 'to', 'with', 'by', 'from', 'for', 'as', 'and', 'or'),
        *('is', 'are', 'be', 'has', 'have', 'can', 'may'),
    )
)


def fingerprint(sentence: str) -> frozenset:
    """Return the words of a sentence and its pairs of neighbours, without small words.

    The pairs tell 'red bill, white head' from 'white bill, red head'.

    Examples:
        >>> sorted(fingerprint('It has a red bill.'), key=str)
        [('red', 'bill'), 'bill', 'red']
    """
    words = _WORD.findall(sentence.casefold())
    words = [word for word in words if word not in _SMALL] or words
    return frozenset(words) | frozenset(zip(words, words[1:]))


def find_repeated(sentences: Sequence[str], similarity: float = 0.8) -> list[int | None]:
    """Return which earlier sentence each one repeats.

    Two sentences say the same if the share |A ∩ B| / |A ∪ B| of their
    ``fingerprint`` is ``similarity`` at least. What is repeated is compared
    with those that are kept only.

    Args:
        sentences (Sequence[str]): of a class.
        similarity (float): in 0 .. 1; 1 finds those that differ in small
            words, case and punctuation alone. Defaults to 0.8.

    Returns:
        list[int | None]: index of the earlier one, None for those kept.

    Examples:
        >>> find_repeated(['It has a red bill.', 'a red bill', 'It has a bill.'])
        [None, 0, None]
    """
    kept, found = [], []
    for index, sentence in enumerate(sentences):
        own = fingerprint(sentence)
        size = len(own)
        repeats = None
        for other, place in kept:
            least, most = sorted((size, len(other)))
            if least >= similarity * most:
                common = len(own & other)
                if common >= similarity * (size + len(other) - common):
                    repeats = place
                    break
        if repeats is None:
            kept.append((own, index))
        found.append(repeats)
    return found


def find_boilerplate(
    sentences: Mapping[str, Sequence[str]], least: int = 3
) -> list[tuple[str, int]]:
    """Return the sentences that several classes share, apart from their names.

    Args:
        sentences (Mapping[str, Sequence[str]]): those of each class name.
        least (int): how many classes must share one. Defaults to 3.

    Returns:
        list[tuple[str, int]]: '{}' standing for the name, and the number of
        classes, the largest first.

    Examples:
        >>> find_boilerplate({'fox': ['A fox is seen.'], 'owl': ['An owl is seen.']}, 2)
        [('a {} is seen', 2)]
    """
    classes = defaultdict(set)
    for name, own in sentences.items():
        said = re.compile(rf'(?:\ban? )?(?<!\w){re.escape(_form(spoken_name(name)))}(?!\w)')
        for sentence in own:
            classes[said.sub('a {}', _form(sentence))].add(name)
    shared = [(text, len(names)) for text, names in classes.items() if len(names) >= least]
    return sorted(shared, key=lambda pair: (-pair[1], pair[0]))


def _form(text: str) -> str:
    return comparable_name(text).casefold().strip('.!?… ')
