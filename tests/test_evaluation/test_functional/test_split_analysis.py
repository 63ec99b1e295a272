"""Class accuracy, split confusion and smoothing, against plain loops."""

import math
import statistics

import numpy as np
import pytest

from vlltr_mm.evaluation import (
    class_accuracy,
    mean_and_deviation,
    smooth_over_counts,
    split_confusion,
)

COUNTS = [300, 101, 100, 60, 20, 19, 2]


def samples(number=200, num_classes=7, seed=0):
    rng = np.random.default_rng(seed)
    return rng.integers(0, num_classes, (2, number))


def plain_split(count, low, high, rule):
    if rule == 'field':
        return 0 if count > high else 2 if count < low else 1
    return 0 if count >= high else 2 if count <= low else 1


def plain_confusion(predicted, labels, counts, low, high, rule):
    table = [[0] * 3 for _ in range(3)]
    for p, y in zip(predicted, labels):
        a = plain_split(counts[y], low, high, rule)
        b = plain_split(counts[p], low, high, rule)
        table[a][b] += 1
    return [[100 * n / sum(row) if sum(row) else math.nan for n in row] for row in table]


def plain_smooth(values, counts, n, h):
    top = bottom = 0
    for value, count in zip(values, counts):
        if count > 0 and not math.isnan(value):
            distance = math.log10(n) - math.log10(count)
            weight = math.exp(-(distance**2) / (2 * h**2))
            top += weight * value
            bottom += weight
    return top / bottom


@pytest.mark.parametrize('rule', ['field', 'oltr'])
@pytest.mark.parametrize('thresholds', [(20, 100), (10, 200), (1, 400)])
def test_confusion_equals_plain_loop(rule, thresholds):
    predicted, labels = samples()
    got = split_confusion(predicted, labels, COUNTS, thresholds, rule)
    plain = plain_confusion(predicted, labels, COUNTS, *thresholds, rule)
    np.testing.assert_allclose(got, plain)


def test_confusion_by_hand():
    # many: class 0; medium: class 1; few: classes 2 and 3.
    got = split_confusion([0, 2, 3, 2, 0, 1], [0, 0, 2, 2, 2, 3], [200, 50, 5, 4])
    assert got[0].tolist() == [50, 0, 50]
    assert np.isnan(got[1]).all()
    assert got[2].tolist() == [25, 25, 50]  # a wrong few class stays in few


def test_confusion_rows_sum_to_hundred_in_any_order():
    predicted, labels = samples()
    got = split_confusion(predicted, labels, COUNTS)
    np.testing.assert_allclose(got.sum(axis=1), 100)
    order = np.random.default_rng(1).permutation(len(labels))
    np.testing.assert_array_equal(got, split_confusion(predicted[order], labels[order], COUNTS))


def test_class_accuracy_equals_plain_loop():
    predicted, labels = samples(30, num_classes=5)
    got = class_accuracy(predicted, labels, 6)
    for c in range(5):
        hits = [p == y for p, y in zip(predicted, labels) if y == c]
        assert got[c] == pytest.approx(100 * sum(hits) / len(hits))
    assert math.isnan(got[5])


@pytest.mark.parametrize('bandwidth', [0.05, 0.15, 1.0])
def test_smoothing_equals_plain_loop(bandwidth):
    values = [90, 80, math.nan, 60, 55, 20, 10.0]
    grid = [2, 5, 19.5, 100, 300]
    got = smooth_over_counts(values, COUNTS, grid, bandwidth)
    plain = [plain_smooth(values, COUNTS, n, bandwidth) for n in grid]
    np.testing.assert_allclose(got, plain)


def test_smoothing_by_hand():
    # Between 10 and 100 on the log scale: both weigh the same.
    got = smooth_over_counts([0, 50, 999], [10, 100, 0], [math.sqrt(1000)])
    assert got.tolist() == pytest.approx([25])
    # One bandwidth away: weights 1 and exp(-1/2).
    got = smooth_over_counts([0, 1], [10, 100], [10], bandwidth=1)
    weight = math.exp(-0.5)
    assert got[0] == pytest.approx(weight / (1 + weight))


def test_smoothing_keeps_constants_and_scale():
    flat = smooth_over_counts([7.0] * 7, COUNTS, [2, 50, 10**9])
    np.testing.assert_allclose(flat, 7)  # also where every weight underflows
    values = np.arange(7.0)
    once = smooth_over_counts(values, COUNTS, [3, 90])
    np.testing.assert_allclose(
        smooth_over_counts(values, [10 * n for n in COUNTS], [30, 900]), once
    )
    assert np.isnan(smooth_over_counts([math.nan], [5], [5])).all()


def test_mean_and_deviation():
    runs = np.random.default_rng(0).normal(size=(4, 3))
    mean, deviation = mean_and_deviation(runs)
    for column in range(3):
        values = runs[:, column].tolist()
        assert mean[column] == pytest.approx(statistics.mean(values))
        assert deviation[column] == pytest.approx(statistics.stdev(values))
    mean, deviation = mean_and_deviation([[5.0, math.nan]])
    assert mean[0] == 5 and np.isnan(deviation).all()


def test_errors():
    with pytest.raises(ValueError, match='one of both per sample'):
        class_accuracy([0], [0, 1], 2)
    with pytest.raises(ValueError, match=r'predicted lie in 0 .. 7.*0 .. 6'):
        split_confusion([0, 7], [0, 1], COUNTS)
    with pytest.raises(ValueError, match='labels lie in -1'):
        class_accuracy([0], [-1], 2)
    with pytest.raises(ValueError, match='bandwidth is 0'):
        smooth_over_counts([1.0], [1], [1], bandwidth=0)
    with pytest.raises(ValueError, match='the count 0'):
        smooth_over_counts([1.0], [1], [0])
    with pytest.raises(ValueError, match='one of both per class'):
        smooth_over_counts([1.0, 2.0], [1], [1])
