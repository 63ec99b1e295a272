"""Pairs of classes, against loops over all of them."""

from collections import Counter
from itertools import combinations

import numpy as np

from vlltr_mm.apis.corpus_page.confusing import common_names, confused_pairs, shared_pairs


def drawn(num_classes=30, number=60, seed=0):
    """Labels of each of many sentences, two to nine of them."""
    rng = np.random.default_rng(seed)
    return [
        sorted(rng.choice(num_classes, rng.integers(2, 10), replace=False).tolist())
        for _ in range(number)
    ]


def drawn_naming(num_classes=30, seed=1):
    rng = np.random.default_rng(seed)
    naming = []
    for label in range(num_classes):
        others = [other for other in range(num_classes) if other != label]
        drawn = [sorted(rng.choice(others, rng.integers(1, 4), False).tolist()) for _ in range(3)]
        naming.append({place: tuple(named) for place, named in enumerate(drawn)})
    return naming


def test_sentences_that_two_classes_share():
    owners = drawn()
    slow = Counter()
    for labels in owners:
        for a, b in combinations(labels, 2):
            slow[a, b] += 1
    assert shared_pairs(owners, 30) == slow and len(slow) > 300
    assert shared_pairs([], 30) == Counter()


def test_what_everybody_says_tells_nothing_of_a_pair():
    assert shared_pairs([[*range(50)]], 60)[3, 4] == 1
    assert shared_pairs([[*range(51)]], 60) == Counter()


def test_pairs_by_what_they_share_and_name():
    shared, naming = shared_pairs(drawn(), 30), drawn_naming()
    common = {3}
    rows = []
    for a in range(30):
        for b in range(a + 1, 30):
            first = sum(b in named for named in naming[a].values()) if b not in common else 0
            second = sum(a in named for named in naming[b].values()) if a not in common else 0
            if shared[a, b] + first + second:
                rows.append([a, b, shared[a, b], first, second])
    rows.sort(key=lambda row: (-sum(row[2:]), row[:2]))
    assert confused_pairs(shared, naming, common, 10_000) == rows
    assert confused_pairs(shared, naming, common, 5) == rows[:5]
    assert any(row[3] for row in rows) and any(row[4] for row in rows)


def test_common_names_are_those_of_many_classes():
    naming = [{0: (7,), 1: (7, 8)} for _ in range(6)] + [{}] * 14
    naming[0] = {0: (7,)}
    assert common_names(naming) == [(7, 6, 11)]  # 8 is named in five classes only
    assert common_names([{0: (1,)}] * 5 + [{}] * 200) == []
