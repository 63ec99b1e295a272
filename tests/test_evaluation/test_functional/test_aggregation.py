"""Smoothing, means and deviations, against plain loops."""

import math
import statistics

import numpy as np
import pytest

from vlltr_mm.evaluation import mean_and_deviation, smooth_over_counts

COUNTS = [300, 101, 100, 60, 20, 19, 2]


def plain_smooth(values, counts, n, h):
    top = bottom = 0
    for value, count in zip(values, counts):
        if count > 0 and not math.isnan(value):
            distance = math.log10(n) - math.log10(count)
            weight = math.exp(-(distance**2) / (2 * h**2))
            top += weight * value
            bottom += weight
    return top / bottom


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
    with pytest.raises(ValueError, match='bandwidth is 0'):
        smooth_over_counts([1.0], [1], [1], bandwidth=0)
    with pytest.raises(ValueError, match='the count 0'):
        smooth_over_counts([1.0], [1], [0])
    with pytest.raises(ValueError, match='one of both per class'):
        smooth_over_counts([1.0, 2.0], [1], [1])
