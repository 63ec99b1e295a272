"""Statistics of a class corpus: sentences, token lengths, repetitions."""

import posixpath
from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from .clip_tokens import ClipTokenizer

_FEW = 4  # origins of a source that are told apart


@dataclass
class CorpusStats:
    """Statistics of S sentences of C classes.

    counts: (C,) int64, sentences of each class. token_lengths: (S,) int64,
    class after class, start and end included, before any cut. num_cut: how
    many are longer than the limit. shared: each sentence that several classes
    have, with their labels, most classes first. num_shared: how many of the S
    are one of these. num_repeated: how many repeat an earlier one of the same
    class.
    """

    counts: np.ndarray
    token_lengths: np.ndarray
    num_cut: int
    shared: list[tuple[str, list[int]]]
    num_shared: int
    num_repeated: int

    def poorest(self, number: int) -> list[int]:
        """Return the labels with the fewest sentences, of those that have any."""
        order = np.argsort(self.counts, kind='stable')
        return order[self.counts[order] > 0][:number].tolist()


def sentence_key(text: str) -> str:
    """Return what sentences that are the same have in common.

    They differ in case and white space only, which CLIP's tokenizer does not
    see, nor do most others.
    """
    return ' '.join(text.lower().split())


def corpus_stats(
    sentences: Sequence[Sequence[str]], limit: int | None = None, tokenizer=None
) -> CorpusStats:
    """Count sentences, tokens and repetitions.

    Which sentences are the same says ``sentence_key``.

    Args:
        sentences (Sequence[Sequence[str]]): those of each of C classes, such
            as ``TextCorpus.sentences``.
        limit (int, optional): ids of a sentence that the text tower reads.
            Defaults to None, those of the tokenizer.
        tokenizer (optional): from ``build_tokenizer``. Defaults to None,
            CLIP's.

    Returns:
        CorpusStats: the statistics.
    """
    tokenizer = tokenizer or ClipTokenizer()
    limit = limit or tokenizer.rules.context_length
    labels_of = defaultdict(list)
    first = {}
    for label, own in enumerate(sentences):
        for text in own:
            key = sentence_key(text)
            first.setdefault(key, text)
            labels_of[key].append(label)
    shared, num_shared, num_repeated = [], 0, 0
    for key, labels in labels_of.items():
        distinct = sorted(set(labels))
        num_repeated += len(labels) - len(distinct)
        if len(distinct) > 1:
            shared.append((first[key], distinct))
            num_shared += len(labels)
    shared.sort(key=lambda pair: -len(pair[1]))
    lengths = tokenizer.count(text for own in sentences for text in own)
    return CorpusStats(
        counts=np.array([len(own) for own in sentences], dtype=np.int64),
        token_lengths=lengths,
        num_cut=int((lengths > limit).sum()),
        shared=shared,
        num_shared=num_shared,
        num_repeated=num_repeated,
    )


def group_origins(names: Sequence[str]) -> tuple[list[str], list[int]]:
    """Join the many origins of one source, such as the files of a folder.

    Args:
        names (Sequence[str]): ``origin_names`` of a ``SourceText``.

    Returns:
        tuple[list[str], list[int]]: the names of the groups, in the order in
        which they come first, and the group of each origin.

    Examples:
        >>> group_origins(['PromptTemplates', *(f'WikiTexts: a/{i}.txt' for i in range(9))])
        (['PromptTemplates', 'WikiTexts: a (9)'], [0, 1, 1, 1, 1, 1, 1, 1, 1, 1])
    """
    joined = _join(_join(names, posixpath.dirname), lambda name: name.partition(': ')[0])
    times = Counter(key for key, name in zip(joined, names) if key != name)
    titles = [f'{key} ({times[key]})' if key != name else name for key, name in zip(joined, names)]
    groups = {title: place for place, title in enumerate(dict.fromkeys(titles))}
    return list(groups), [groups[title] for title in titles]


def _join(names: Sequence[str], key: Callable[[str], str]) -> list[str]:
    """Replace names by their key where more than a few of them share it."""
    keys = list(map(key, names))
    of_key = defaultdict(set)
    for name, own in zip(names, keys):
        of_key[own].add(name)
    return [own if own and len(of_key[own]) > _FEW else name for name, own in zip(names, keys)]
