"""Which classes a text names."""

import re
import unicodedata
from collections import defaultdict
from collections.abc import Sequence
from functools import lru_cache

_WORD = re.compile(r'[^\W_]+')
_ENDINGS = (('s', ''), ('es', ''), ('ies', 'y'), ('ves', 'f'), ('ves', 'fe'), ('men', 'man'))
_IRREGULAR = dict(
    children='child', feet='foot', geese='goose', men='man', mice='mouse', oxen='ox', teeth='tooth'
)


class NameFinder:
    """Finds class names in texts, as whole words whatever their case.

    A comma separates several names of one class, and with ``loose`` so does
    'or', as in "gas mask or respirator". Looking up a word costs the same
    however many classes there are.

    Args:
        classes (Sequence[str]): C class names.
        loose (bool): whether the last word of a name may also be a plural in
            the text, or the other way round. Defaults to False.

    Examples:
        >>> finder = NameFinder(['fox', 'tiger', 'tiger shark'], loose=True)
        >>> sorted(finder.named('Foxes fear tiger sharks.'))
        [0, 2]
    """

    def __init__(self, classes: Sequence[str], loose: bool = False):
        self._forms = word_forms if loose else _same
        separator = re.compile(',| or ' if loose else ',')
        self._owners = defaultdict(list)  # words of a name → labels
        self._lengths = defaultdict(set)  # first word → words of the names it begins
        self._known: dict[str, tuple[int, ...]] = {}  # a text's word → the same
        for label, name in enumerate(classes):
            for words in {tuple(_words(part)) for part in separator.split(name)}:
                for form in self._forms(words[-1]) if words else ():
                    own = (*words[:-1], form)
                    if label not in self._owners[own]:
                        self._owners[own].append(label)
                    self._lengths[own[0]].add(len(own))

    def places(self, text: str) -> list[tuple[int, int, int]]:
        """Return first word, number of words and label of every name in a text."""
        words, found, known = _words(text), set(), self._known
        for start, word in enumerate(words):
            lengths = known.get(word)
            for length in self._starts(word) if lengths is None else lengths:
                if start + length <= len(words):
                    *first, last = words[start : start + length]
                    for form in self._forms(last):
                        labels = self._owners.get((*first, form), ())
                        found.update((start, length, label) for label in labels)
        return sorted(found)

    def _starts(self, word: str) -> tuple[int, ...]:
        """Return the lengths of names that may begin with a word."""
        lengths = {n for form in self._forms(word) for n in self._lengths.get(form, ())}
        return self._known.setdefault(word, tuple(sorted(lengths)))

    def named(self, text: str) -> set[int]:
        """Return the classes that a text names, but no name that is part of a longer one."""
        places = self.places(text)
        if len(places) < 2:
            return {label for *_, label in places}
        spans = {(start, start + length) for start, length, _ in places}
        return {
            label
            for start, length, label in places
            if not any(a <= start and start + length <= b and length < b - a for a, b in spans)
        }


def named_others(
    sentences: Sequence[Sequence[str]], classes: Sequence[str]
) -> list[dict[int, tuple[int, ...]]]:
    """Find the sentences that name another class, and not their own.

    Args:
        sentences (Sequence[Sequence[str]]): those of each of C classes.
        classes (Sequence[str]): C class names.

    Returns:
        list[dict[int, tuple[int, ...]]]: for each class the position of each
        such sentence → the labels that it names, ascending.
    """
    finder, found = NameFinder(classes, loose=True), []
    for label, own in enumerate(sentences):
        named = enumerate(map(finder.named, own))
        found.append({i: tuple(sorted(n)) for i, n in named if n and label not in n})
    return found


@lru_cache(maxsize=2**16)
def word_forms(word: str) -> tuple[str, ...]:
    """Return a word, and what it may be the plural of.

    Examples:
        >>> word_forms('wolves')
        ('wolves', 'wolve', 'wolv', 'wolf', 'wolfe')
        >>> word_forms('glass'), word_forms('geese')
        (('glass',), ('geese', 'goose'))
    """
    if word in _IRREGULAR:
        return word, _IRREGULAR[word]
    if len(word) < 4 or word.endswith('ss'):  # glass is no plural
        return (word,)
    forms = [word]
    for ending, single in _ENDINGS:
        if word.endswith(ending):
            forms.append(word.removesuffix(ending) + single)
    return tuple(forms)


def _same(word: str) -> tuple[str, ...]:
    return (word,)


def _words(text: str) -> list[str]:
    return _WORD.findall(unicodedata.normalize('NFC', text).lower())
