"""Statistics of a class corpus: sentences, token lengths, repetitions."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from .clip_tokens import ClipTokenizer


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


def corpus_stats(
    sentences: Sequence[Sequence[str]], limit: int | None = None, tokenizer=None
) -> CorpusStats:
    """Count sentences, tokens and repetitions.

    Sentences are the same if they differ in case and white space only, which
    CLIP's tokenizer does not see, nor do most others.

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
            key = ' '.join(text.lower().split())
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
