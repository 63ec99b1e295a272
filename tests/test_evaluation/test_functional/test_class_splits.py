"""Splits and their accuracies, against plain loops and by hand."""

import dataclasses
import itertools
import math

import numpy as np
import pytest
import torch

from vlltr_mm.evaluation import ClassSplits
from vlltr_mm.evaluation.functional import class_splits

SPLITS = ('many', 'medium', 'few')
COUNTS = [300, 101, 100, 60, 20, 19, 2]


def plain_split(count, low, high, rule):
    if count == 0:
        return 'unseen'
    if rule == 'field':
        return 'many' if count > high else 'few' if count < low else 'medium'
    return 'many' if count >= high else 'few' if count <= low else 'medium'


def plain_confusion(predicted, labels, counts, *rule):
    names = SPLITS if 0 not in counts else (*SPLITS, 'unseen')
    table = dict.fromkeys(itertools.product(names, names), 0)
    for p, y in zip(predicted, labels):
        table[plain_split(counts[y], *rule), plain_split(counts[p], *rule)] += 1
    rows = [[table[a, b] for b in names] for a in names]
    return [[100 * n / sum(row) if sum(row) else math.nan for n in row] for row in rows]


def samples(number=200, num_classes=7, seed=0):
    return np.random.default_rng(seed).integers(0, num_classes, (2, number))


@pytest.mark.parametrize('rule', ['field', 'oltr'])
@pytest.mark.parametrize('thresholds', [(20, 100), (0, 1), [3, 7]])
def test_splits_equal_plain_loop(rule, thresholds):
    for first in (0, 1):
        splits = ClassSplits(range(first, 130), thresholds, rule)
        assert list(splits.masks) == [*SPLITS, *['unseen'] * (not first)]
        for label, name in enumerate(splits.names):
            assert name == plain_split(first + label, *thresholds, rule)
            assert [s for s, mask in splits.masks.items() if mask[label]] == [name]


def test_bounds_by_hand():
    counts = [101, 100, 99, 21, 20, 19]
    assert ClassSplits(counts).names.tolist() == ['many', *['medium'] * 4, 'few']
    assert ClassSplits(counts, rule='oltr').names.tolist() == (
        ['many'] * 2 + ['medium'] * 2 + ['few'] * 2
    )


def test_accuracies_by_hand():
    splits = ClassSplits([200, 150, 50, 5, 4])
    # Class 0: 1 of 4 right, class 1: 1 of 1; class 3: 0 of 1; 2 and 4 untested.
    given = [0, 1, 1, 7, 1, 0], [0, 0, 0, 0, 1, 3]
    for values in (given, map(torch.tensor, given), map(np.array, given)):
        predicted, labels = values
        result = splits.accuracy(predicted, labels)
        assert math.isnan(result.pop('medium'))
        assert result == pytest.approx(dict(top1=100 / 3, many=62.5, few=0.0))
        np.testing.assert_array_equal(
            splits.class_accuracy(predicted, labels), [25, 100, math.nan, 0, math.nan]
        )


def test_class_accuracy_equals_plain_loop():
    predicted, labels = samples(30, num_classes=5)
    got = ClassSplits(COUNTS).class_accuracy(predicted, labels)
    for c in range(5):
        hits = [p == y for p, y in zip(predicted, labels) if y == c]
        assert got[c] == pytest.approx(100 * sum(hits) / len(hits))
    assert np.isnan(got[5:]).all()


@pytest.mark.parametrize('rule', ['field', 'oltr'])
@pytest.mark.parametrize('thresholds', [(20, 100), (10, 200), (1, 400)])
def test_confusion_equals_plain_loop(rule, thresholds):
    predicted, labels = samples()
    got = ClassSplits(COUNTS, thresholds, rule).confusion(predicted, labels)
    plain = plain_confusion(predicted, labels, COUNTS, *thresholds, rule)
    np.testing.assert_allclose(got, plain)


def test_confusion_by_hand():
    # many: class 0; medium: class 1; few: classes 2 and 3.
    got = ClassSplits([200, 50, 5, 4]).confusion([0, 2, 3, 2, 0, 1], [0, 0, 2, 2, 2, 3])
    assert got[0].tolist() == [50, 0, 50]
    assert np.isnan(got[1]).all()
    assert got[2].tolist() == [25, 25, 50]  # a wrong few class stays in few


def test_renumbering_the_classes_changes_no_accuracy():
    predicted, labels = samples()
    order = np.random.default_rng(1).permutation(7)  # new class c was order[c]
    new = np.argsort(order)
    splits, renumbered = ClassSplits(COUNTS), ClassSplits(np.array(COUNTS)[order])
    assert renumbered.names.tolist() == splits.names[order].tolist()
    got = renumbered.accuracy(new[predicted], new[labels])
    assert got == pytest.approx(splits.accuracy(predicted, labels))
    np.testing.assert_array_equal(
        renumbered.class_accuracy(new[predicted], new[labels]),
        splits.class_accuracy(predicted, labels)[order],
    )
    confusion = splits.confusion(predicted, labels)
    np.testing.assert_array_equal(renumbered.confusion(new[predicted], new[labels]), confusion)
    np.testing.assert_allclose(confusion.sum(axis=1), 100)


def test_unseen_classes_by_hand():
    splits = ClassSplits([200, 50, 5, 0, 0])
    # Right: 2 of 2, 1 of 2, 0 of 1; of the unseen 1 of 4, the other is not tested.
    predicted, labels = [0, 0, 1, 0, 3, 3, 2, 0, 1], [0, 0, 1, 1, 2, 3, 3, 3, 3]
    assert splits.accuracy(predicted, labels) == pytest.approx(
        dict(
            top1=400 / 9,
            many=100,
            medium=50,
            few=0,
            unseen=25,
            seen=50,
            harmonic_mean=2 * 50 * 25 / 75,
        )
    )
    confusion = splits.confusion(predicted, labels)
    np.testing.assert_allclose(
        confusion, plain_confusion(predicted, labels, splits.counts, 20, 100, 'field')
    )
    assert confusion[3].tolist() == [25, 25, 25, 25]
    assert splits.accuracy([1, 0], [0, 3])['harmonic_mean'] == 0
    assert math.isnan(splits.accuracy([0], [0])['harmonic_mean'])
    with_images = ClassSplits([200, 50, 5, 1, 1]).accuracy(predicted, labels)
    assert list(with_images) == ['top1', *SPLITS]


def test_an_empty_split_is_nan_and_warns(monkeypatch):
    lines = []
    monkeypatch.setattr(class_splits, 'warn_once', lines.append)
    result = ClassSplits([5]).accuracy([0], [0])
    assert math.isnan(result['many']) and math.isnan(result['medium'])
    assert len(lines) == 2 and "'many'" in lines[0]


def test_it_is_a_value():
    splits = ClassSplits(torch.tensor([3, 2]), [5, 6])
    assert splits == ClassSplits((3, 2), (5, 6)) != ClassSplits((3, 2))
    assert hash(splits) == hash(ClassSplits([3, 2], (5, 6)))
    with pytest.raises(dataclasses.FrozenInstanceError):
        splits.rule = 'oltr'


def test_errors():
    with pytest.raises(ValueError, match="rule is 'paper'; allowed are 'field'"):
        ClassSplits([1], rule='paper')
    for thresholds in ((100, 20), (20, 20), (1, 2, 3), ()):
        with pytest.raises(ValueError, match='lo < hi'):
            ClassSplits([1], thresholds)
    for thresholds in (20, None, 'ab', (20, '100'), (True, 3), (-1, 3), (20, math.nan), [[1], 2]):
        with pytest.raises(ValueError, match='thresholds is .*; it must be a'):
            ClassSplits([1], thresholds)
    with pytest.raises(ValueError, match='thresholds is 9223372036854775808; it must be a'):
        ClassSplits([1], (20, 2**63))
    for counts in ([], [-1], [0.5], 'abc', None, [[1], 2], [True], [2**63]):
        with pytest.raises(ValueError, match='list of integers >= 0'):
            ClassSplits(counts)
    splits = ClassSplits([1, 2, 3])
    for measure in (splits.accuracy, splits.class_accuracy, splits.confusion):
        with pytest.raises(ValueError, match=r'shape \(1,\), the predictions \(2,\)'):
            measure([0, 1], [0])
        with pytest.raises(ValueError, match='at least one'):
            measure([], [])
        for label in (3, -1):
            with pytest.raises(ValueError, match=f'labels lie in {label} .. {label}, but'):
                measure([0], [label])
    for low, high in ((-1, 2), (0, 3)):
        with pytest.raises(ValueError, match=f'predicted lie in {low} .. {high}; .* 0 .. 2'):
            splits.confusion([low, high], [0, 1])


def plain_f1(predicted, labels, tested):
    scores = []
    for c in tested:
        hits = sum(p == y == c for p, y in zip(predicted, labels))
        called = sum(p == c for p in predicted)
        of_class = sum(y == c for y in labels)
        precision, recall = hits / called if called else 0, hits / of_class
        scores.append(2 * precision * recall / (precision + recall) if hits else 0)
    return 100 * sum(scores) / len(scores)


@pytest.mark.parametrize('seed', range(4))
def test_means_over_classes_equal_plain_loops(seed):
    predicted, labels = samples(40, num_classes=7, seed=seed)
    labels[labels == 4] = 3  # predicted at times, but without samples
    splits, tested = ClassSplits(COUNTS), sorted(set(labels))
    assert splits.macro_f1(predicted, labels) == pytest.approx(plain_f1(predicted, labels, tested))
    recalls = [np.mean(predicted[labels == c] == c) for c in tested]
    assert splits.balanced_accuracy(predicted, labels) == pytest.approx(100 * np.mean(recalls))


def test_means_over_classes_by_hand():
    splits = ClassSplits([9, 9, 9, 9])
    # Recalls 2/2, 1/2 and 0/1. F1: 4/(2 + 3), 2/(2 + 1) and 0; class 3 has no sample.
    predicted, labels = [0, 0, 1, 0, 3], [0, 0, 1, 1, 2]
    for given in ((predicted, labels), (torch.tensor(predicted), torch.tensor(labels))):
        assert splits.balanced_accuracy(*given) == pytest.approx(50)
        assert splits.macro_f1(*given) == pytest.approx(100 * (0.8 + 2 / 3) / 3)
    # A prediction that is no class at all is a miss.
    assert splits.macro_f1([0, -1, 7], [0, 1, 2]) == pytest.approx(100 / 3)
    assert splits.macro_f1(labels, labels) == splits.balanced_accuracy(labels, labels) == 100


def test_means_over_classes_of_a_balanced_test_set():
    labels = np.repeat(np.arange(7), 9)
    predicted = samples(63, num_classes=7)[0]
    splits = ClassSplits(COUNTS)
    assert splits.balanced_accuracy(predicted, labels) == pytest.approx(
        splits.accuracy(predicted, labels)['top1']
    )
    order = np.random.default_rng(0).permutation(7)  # names of classes do not matter
    assert splits.macro_f1(order[predicted], order[labels]) == pytest.approx(
        splits.macro_f1(predicted, labels)
    )


def test_wording():
    assert ClassSplits([1]).wording == 'field: many > 100, few < 20'
    assert ClassSplits([1], (5, 9), 'oltr').wording == 'oltr: many ≥ 9, few ≤ 5'
