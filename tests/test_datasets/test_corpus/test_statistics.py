"""Figures of a corpus against plain loops."""

import numpy as np
import open_clip
import pytest

from vlltr_mm.datasets import TextCorpus
from vlltr_mm.datasets.corpus.clip_tokens import count_tokens
from vlltr_mm.datasets.corpus.statistics import corpus_stats, group_origins

LONG = 'word ' * 90
SENTENCES = [['A fox.', 'a  FOX.', 'Red.', LONG], [], ['Red.', 'Sea. ', 'x'], ['red.', 'x']]


def slow_stats(sentences, limit):
    """Compare every sentence with every other one."""
    flat = [
        (c, text, ' '.join(text.split()).casefold())
        for c, own in enumerate(sentences)
        for text in own
    ]
    encode = open_clip.SimpleTokenizer().encode
    lengths = [1 + len(encode(text)) + 1 for _, text, _ in flat]
    shared, num_shared, num_repeated = {}, 0, 0
    for i, (c, text, key) in enumerate(flat):
        classes = sorted({d for d, _, other in flat if other == key})
        if len(classes) > 1:
            num_shared += 1
            shared.setdefault(key, (text, classes))
        num_repeated += any(d == c and other == key for d, _, other in flat[:i])
    return dict(
        counts=[len(own) for own in sentences],
        token_lengths=lengths,
        num_cut=len([n for n in lengths if n > limit]),
        shared=sorted(shared.values(), key=lambda pair: -len(pair[1])),
        num_shared=num_shared,
        num_repeated=num_repeated,
    )


def check(sentences, limit):
    stats = corpus_stats(sentences, limit)
    slow = slow_stats(sentences, limit)
    for name, expected in slow.items():
        found = getattr(stats, name)
        if isinstance(found, np.ndarray):
            assert found.dtype == np.int64
            found = found.tolist()
        assert found == expected, name


@pytest.mark.parametrize('limit', [3, 4, 77])
def test_equals_loops(limit):
    check(SENTENCES, limit)
    generator = np.random.default_rng(0)
    words = ['fox', 'Fox', 'sea', 'a sea', ' fox', 'moon. ', 'one two three']
    check([generator.choice(words, generator.integers(0, 6)).tolist() for _ in range(12)], limit)


def test_by_hand():
    stats = corpus_stats(SENTENCES)
    assert stats.counts.tolist() == [4, 0, 3, 2]
    # start, a, fox, ., end; 90 words; red . ; sea . ; x
    assert stats.token_lengths.tolist() == [5, 5, 4, 92, 4, 4, 3, 4, 3]
    assert (stats.num_cut, stats.num_repeated, stats.num_shared) == (1, 1, 5)
    assert stats.shared == [('Red.', [0, 2, 3]), ('x', [2, 3])]
    assert stats.poorest(2) == [3, 2] and stats.poorest(9) == [3, 2, 0]


def test_no_text_at_all():
    stats = corpus_stats([[], []])
    assert stats.token_lengths.shape == (0,) and stats.poorest(3) == []
    assert stats.counts.tolist() == [0, 0] and stats.num_cut == 0


def test_of_a_corpus(tmp_path):
    corpus = TextCorpus(
        ['fox', 'sea'],
        [dict(type='PromptTemplates', templates=['a {}.', LONG + '{}'])],
        cache_dir=str(tmp_path),
    )
    stats = corpus_stats(corpus.sentences)
    assert stats.counts.tolist() == np.bincount(corpus.labels).tolist()
    assert np.minimum(stats.token_lengths, 77).tolist() == corpus.token_lengths.tolist()
    assert stats.num_cut == 2


def test_77_tokens_are_not_cut_and_78_are():
    fits, cut = 'cat ' * 75, 'cat ' * 76
    assert count_tokens([fits, cut]).tolist() == [77, 78]
    assert corpus_stats([[fits, cut]]).num_cut == 1


@pytest.mark.parametrize(
    ('names', 'groups', 'places'),
    [
        (['PromptTemplates'], ['PromptTemplates'], [0]),
        (
            ['JsonDescriptions: a/x.json', 'JsonDescriptions: a/y.json'],
            ['JsonDescriptions: a/x.json', 'JsonDescriptions: a/y.json'],
            [0, 1],
        ),
        (
            [*(f'WikiTexts: a/{i}.txt' for i in range(5)), 'WikiTexts: b/0.txt'],
            ['WikiTexts: a (5)', 'WikiTexts: b/0.txt'],
            [0, 0, 0, 0, 0, 1],
        ),
        ([*(f'Dump: page {i}' for i in range(6)), 'Dump'], ['Dump (6)', 'Dump'], [0] * 6 + [1]),
        ([f'Dump: {i}/a' for i in range(6)], ['Dump (6)'], [0] * 6),
        ([f'{i}' for i in range(6)], [*'012345'], [*range(6)]),
        ([], [], []),
    ],
)
def test_origins_of_one_source_are_one_group(names, groups, places):
    assert group_origins(names) == (groups, places)
