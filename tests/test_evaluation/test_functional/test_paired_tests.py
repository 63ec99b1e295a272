"""Tests of paired differences, against all that could have happened."""

import itertools
import math
from fractions import Fraction

import numpy as np
import pytest

from vlltr_mm.evaluation import ClassSplits, mcnemar_test, sign_flip_test
from vlltr_mm.evaluation.functional.paired_tests import image_weights, stratified_error


def plain_sign_flip(differences):
    """Count the choices of signs with as large a sum, in fractions."""
    exact = [Fraction(d) for d in differences]
    sums = [
        abs(sum(s * d for s, d in zip(signs, exact)))
        for signs in itertools.product((1, -1), repeat=len(exact))
    ]
    return sum(s >= abs(sum(exact)) for s in sums) / len(sums)


@pytest.mark.parametrize('number', [1, 2, 3, 5, 8])
def test_signs_equal_enumeration(number):
    for seed in range(5):
        # Sixteenths: floats add them without an error, so that ties are ties.
        values = np.random.default_rng(seed).integers(-20, 30, number) / 16
        assert sign_flip_test(values) == plain_sign_flip(values.tolist())


def test_signs_by_hand():
    assert sign_flip_test([0.7]) == 1  # one seed tells nothing
    assert sign_flip_test([1, 2]) == 0.5
    assert sign_flip_test([1.3, 0.4, 0.9]) == 0.25
    assert sign_flip_test([0.1] * 5) == 2 / 32
    assert sign_flip_test([0.1, 0.2, -0.3]) == 1  # 0 but for rounding: every sum is as far
    assert sign_flip_test([0.1, 0.2, -0.3, 0.05]) == 1  # as -0.1 - 0.2 + 0.3 + 0.05, but rounded
    assert sign_flip_test([0.0, 0.0]) == 1
    assert math.isnan(sign_flip_test([])) and math.isnan(sign_flip_test([1, math.nan]))


def test_signs_of_many_differences_are_drawn(monkeypatch):
    module = 'vlltr_mm.evaluation.functional.paired_tests._EXACT'
    values = np.random.default_rng(4).normal(0.3, 1, 12)
    exact = sign_flip_test(values)
    assert 0.05 < exact < 0.95
    monkeypatch.setattr(module, 11)
    # 2^11 draws: within four deviations of a share.
    assert abs(sign_flip_test(values) - exact) < 4 * math.sqrt(exact * (1 - exact) / 2**11)


def plain_mcnemar(first, second):
    """Let a coin decide who was right on each image where they differ."""
    b = sum(x and not y for x, y in zip(first, second))
    c = sum(y and not x for x, y in zip(first, second))
    outcomes = [sum(flips) for flips in itertools.product((0, 1), repeat=b + c)]
    return min(1, 2 * sum(x <= min(b, c) for x in outcomes) / len(outcomes))


def test_mcnemar_equals_enumeration():
    for seed in range(12):
        first, second = np.random.default_rng(seed).uniform(size=(2, 25)) < [[0.8], [0.6]]
        assert mcnemar_test(first, second) == plain_mcnemar(first, second)
        assert mcnemar_test(first, second) == mcnemar_test(second, first)


def test_mcnemar_by_hand():
    assert mcnemar_test([1, 1, 0], [1, 1, 0]) == 1
    assert mcnemar_test([1] * 6, [0] * 6) == 2 / 64
    assert mcnemar_test([1] * 5 + [0], [0] * 5 + [1]) == 2 * (1 + 6) / 64
    assert mcnemar_test([1, 0], [0, 1]) == 1
    # 2200 draws of 1/2 have the mean 1100 and the deviation 23.45; 2.15 of these below it,
    # with the half for whole numbers: 2·Φ(-2.110) = 0.0349.
    first = np.arange(2200) < 1050
    assert mcnemar_test(first, ~first) == pytest.approx(0.0349, rel=0.01)
    assert mcnemar_test([1] * 50000, [0] * 50000) == 0  # less than any float


def test_weights_give_the_accuracies():
    generator = np.random.default_rng(0)
    counts = [300, 101, 100, 60, 20, 19, 2, 0, 0]
    labels, predicted = generator.integers(0, 8, (2, 300))
    right = predicted == labels
    for rule in ('field', 'oltr'):
        splits = ClassSplits(counts, rule=rule)
        weights = image_weights(labels, splits)
        assert set(weights) == {'top1', 'balanced', 'many', 'medium', 'few', 'unseen'}
        wanted = dict(
            splits.accuracy(predicted, labels), balanced=splits.balanced_accuracy(predicted, labels)
        )
        for name, own in weights.items():
            assert own @ right == pytest.approx(wanted[name])
    assert np.isnan(image_weights(labels, ClassSplits([200] * 9))['few']).all()


def resampled_variance(values, strata):
    """Draw n_h - 1 images of each stratum anew, in every way, and look at the sum."""
    variance = 0.0
    for stratum in set(strata):
        own = [v for v, s in zip(values, strata) if s == stratum]
        draws = len(own) - 1
        sums = [len(own) * sum(d) / draws for d in itertools.product(own, repeat=draws)]
        mean = sum(sums) / len(sums)
        variance += sum((s - mean) ** 2 for s in sums) / len(sums)
    return variance


def test_error_equals_all_resamples():
    values, strata = [20.0, -20.0, 0.0, 20.0, 5.0, -5.0, 0.0], [0, 0, 0, 0, 2, 2, 2]
    assert stratified_error(values, strata) == pytest.approx(
        math.sqrt(resampled_variance(values, strata))
    )
    assert stratified_error(values) == pytest.approx(
        math.sqrt(resampled_variance(values[:7], [0] * 7))
    )


def test_error_by_hand():
    # Mean 5: squares 400 + 0 + 0 + 0 less 4·25 is 300, times 4/3.
    assert stratified_error([20.0, 0.0, 0.0, 0.0]) == pytest.approx(20)
    # A class of one image has its square, another of equal ones nothing.
    assert stratified_error([3.0, 4.0, 4.0, -4.0], [0, 1, 1, 5]) == pytest.approx(5)
    assert stratified_error([0.0, 0.0], [0, 1]) == 0
    values = np.random.default_rng(0).normal(size=40)
    strata = np.arange(40) % 7
    assert stratified_error(-2 * values, strata) == pytest.approx(
        2 * stratified_error(values, strata)
    )


@pytest.mark.parametrize('classes, share', [(24, 0.946), (5, 0.889)])
def test_how_often_intervals_have_the_true_difference(classes, share):
    generator = np.random.default_rng(0)
    labels = np.repeat(np.arange(classes), 3)
    weights = image_weights(labels, ClassSplits([5] * classes))['few']
    hits, trials = 0, 2000
    for _ in range(trials):
        first = generator.uniform(0.3, 0.9, classes)
        second = first - generator.uniform(-0.1, 0.2, classes)
        chance, other = generator.uniform(size=(2, len(labels)))
        # Of 7 in 10 images the same chance, so that they are hard for both.
        other = np.where(generator.uniform(size=len(labels)) < 0.7, chance, other)
        steps = (chance < first[labels]).astype(float) - (other < second[labels])
        values, true = steps * weights, 100 * (first - second).mean()
        hits += abs(values.sum() - true) <= 1.96 * stratified_error(values, labels)
    # What docs/compare.md says, within three deviations of as many trials.
    assert abs(hits / trials - share) < 3 * math.sqrt(share * (1 - share) / trials)
