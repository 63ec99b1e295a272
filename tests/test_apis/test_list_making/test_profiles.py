"""Counts of the two profiles."""

import json

import numpy as np
import pytest
from repo import REPO

from vlltr_mm.apis.list_making.profiles import exponential_profile, pareto_profile

DATA = REPO / 'data'


def slow_exponential(num_classes, most, imbalance):
    counts = []
    for c in range(num_classes):
        counts.append(int(most * imbalance ** (-c / (num_classes - 1)) + 1e-6))
    return counts


def slow_pareto(num_classes, most, imbalance, power):
    """The least, plus the rest in the ratio of the Lomax quantiles."""
    least = most / imbalance
    counts = []
    for c in range(num_classes):
        above = (c + 1) / num_classes  # the share of the law above class c
        quantile = above ** (-1 / power) - 1
        largest = num_classes ** (1 / power) - 1
        counts.append(int(least + (most - least) * quantile / largest + 1e-6))
    return counts


@pytest.mark.parametrize('num_classes', [2, 7, 100])
@pytest.mark.parametrize('most,imbalance', [(500, 100), (49, 49), (60, 1), (1280, 256), (33, 2.5)])
def test_profiles_equal_loops(num_classes, most, imbalance):
    profiles = [
        (
            exponential_profile(num_classes, most, imbalance),
            slow_exponential(num_classes, most, imbalance),
        )
    ]
    profiles += [
        (
            pareto_profile(num_classes, most, imbalance, power),
            slow_pareto(num_classes, most, imbalance, power),
        )
        for power in (0.5, 1.34, 6)
    ]
    for counts, slow in profiles:
        assert counts.tolist() == slow and counts.dtype == np.int64
        assert (counts[0], counts[-1]) == (most, int(most / imbalance + 1e-6))
        assert (np.diff(counts) <= 0).all()


def test_by_hand():
    # 64 · 16^(-c/4) halves at each class.
    assert exponential_profile(5, 64, 16).tolist() == [64, 32, 16, 8, 4]
    # power 1, C=4: quantiles 3, 1, 1/3, 0; 10 + 30/3 times these.
    assert pareto_profile(4, 40, 4, 1).tolist() == [40, 20, 13, 10]


def test_cifar_100_lt():
    assert exponential_profile(100, 500, 100).tolist() == [
        int(500 * 0.01 ** (i / 99)) for i in range(100)
    ]


def test_pareto_quantiles_are_those_of_numpys_draws():
    draws = np.sort(np.random.default_rng(0).pareto(6, 200_000))[::-1]
    counts = pareto_profile(1000, 10**7, 10**6)
    # The class at rank c+1 of 1000 lies where (c+1)/1000 of the draws do;
    # 1 % is five standard deviations of these quantiles.
    ratio = [counts[c] / counts[499] for c in (49, 199)]
    drawn = [draws[200 * (c + 1)] / draws[200 * 500] for c in (49, 199)]
    assert ratio == pytest.approx(drawn, rel=0.02)


@pytest.mark.skipif(
    not (DATA / 'lists').is_dir(), reason='data/lists, the real lists, is not there'
)
def test_pareto_is_near_imagenet_lt():
    path = DATA / 'lists/imagenet/ImageNet_LT_train_class_counts.json'
    real = np.sort(json.loads(path.read_text()))[::-1]
    own = pareto_profile(1000, 1280, 256)
    # Its authors drew at random: 6 % at the median, 5 % in the sum.
    assert np.median(abs(own - real) / real) < 0.06
    assert own.sum() == pytest.approx(real.sum(), rel=0.05)
    exponential = exponential_profile(1000, 1280, 256)
    assert np.median(abs(exponential - real) / real) > 0.4


@pytest.mark.parametrize(
    'arguments,match',
    [
        ((1, 10, 2), 'num_classes is 1; it must be at least 2'),
        ((3, 0, 1), 'most is 0; it must be at least 1'),
        ((3, 10, 0.01), 'imbalance is 0.01; it must be at least 1'),
        ((3, 10, float('nan')), 'imbalance is nan'),
        ((3, 10, float('inf')), 'imbalance is inf; it must be at least 1, and finite'),
        ((3, 10**30, 2), 'most is 10+; it must be at most'),
        ((3, 10, 100), 'most=10 with imbalance=100 leaves 1 classes without an image.*at most 10'),
    ],
)
@pytest.mark.parametrize('profile', [exponential_profile, pareto_profile])
def test_errors(profile, arguments, match):
    with pytest.raises(ValueError, match=match):
        profile(*arguments)


def test_power_must_be_positive():
    with pytest.raises(ValueError, match='power is 0; it must be above 0'):
        pareto_profile(3, 10, 2, power=0)


@pytest.mark.parametrize(
    'power,match', [(1e-5, 'small'), (float('inf'), 'large'), (1e300, 'large')]
)
def test_powers_beyond_finite_numbers(power, match):
    with pytest.raises(ValueError, match=f'power is .*, too {match} for 100 classes'):
        pareto_profile(100, 10, 2, power=power)
    with pytest.raises(ValueError, match='power is nan'):
        pareto_profile(100, 10, 2, power=float('nan'))
