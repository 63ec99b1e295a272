"""The calibration error, against plain loops and by hand."""

import random

import numpy as np
import pytest
import torch

from vlltr_mm.evaluation import expected_calibration_error


def samples(number, seed, steps=None):
    """Draw confidences, on a grid of steps or not, and hits that are too rare."""
    generator = np.random.default_rng(seed)
    confidence = generator.uniform(size=number)
    if steps:
        confidence = np.ceil(confidence * steps) / steps
    return confidence.tolist(), (generator.uniform(size=number) < confidence**1.5).tolist()


def plain_error(confidence, right, bins):
    total = 0.0
    for b in range(1, bins + 1):
        inside = [(c, r) for c, r in zip(confidence, right) if (b - 1) / bins < c <= b / bins] + [
            (c, r) for c, r in zip(confidence, right) if b == 1 and c == 0
        ]
        if inside:
            mean_c = sum(c for c, _ in inside) / len(inside)
            mean_r = sum(r for _, r in inside) / len(inside)
            total += len(inside) / len(right) * abs(mean_r - mean_c)
    return 100 * total


def plain_equal_mass(confidence, right, bins):
    def share(c):
        own = [r for d, r in zip(confidence, right) if d == c]
        return sum(own) / len(own)

    rest = sorted((c, share(c)) for c in confidence)
    total = 0.0
    for b in range(bins):
        size = len(right) // bins + (b < len(right) % bins)
        inside, rest = rest[:size], rest[size:]
        total += abs(sum(r for _, r in inside) - sum(c for c, _ in inside))
    assert not rest
    return 100 * total / len(right)


@pytest.mark.parametrize('bins', [1, 4, 15])
@pytest.mark.parametrize('number, steps', [(1, None), (7, None), (203, None), (203, 20), (60, 15)])
def test_equals_plain_loop(bins, number, steps):
    given = samples(number, seed=bins, steps=steps)
    assert expected_calibration_error(*given, bins) == pytest.approx(plain_error(*given, bins))
    assert expected_calibration_error(*given, bins, equal_mass=True) == pytest.approx(
        plain_equal_mass(*given, bins)
    )


def test_by_hand():
    # Two bins: (0, 0.5] has 0.5 and 0.2 with one right, (0.5, 1] has 0.9 and 0.7 with two.
    given = [0.9, 0.5, 0.2, 0.7], [True, False, True, True]
    # |(0 - 0.5) + (1 - 0.2)| = 0.3 and |(1 - 0.9) + (1 - 0.7)| = 0.4, of four samples.
    assert expected_calibration_error(*given, bins=2) == pytest.approx(17.5)
    # Of three samples the first of two bins of equal mass has two: 0.2 and 0.5.
    assert expected_calibration_error(
        [0.9, 0.5, 0.2], [1, 0, 1], bins=2, equal_mass=True
    ) == pytest.approx(100 * (0.3 + 0.1) / 3)


@pytest.mark.parametrize('equal_mass', [False, True])
def test_identities(equal_mass):
    confidence, right = samples(100, seed=0, steps=10)
    every = [True] * 100
    # All are right: one minus the mean confidence, whatever the bins.
    assert expected_calibration_error(confidence, every, equal_mass=equal_mass) == pytest.approx(
        100 * (1 - np.mean(confidence))
    )
    # None is: the mean confidence. One bin: the gap of the means, the least of all.
    assert expected_calibration_error(confidence, [False] * 100, equal_mass=equal_mass) == (
        pytest.approx(100 * np.mean(confidence))
    )
    gap = 100 * abs(np.mean(right) - np.mean(confidence))
    assert expected_calibration_error(confidence, right, 1, equal_mass) == pytest.approx(gap)
    error = expected_calibration_error(confidence, right, 15, equal_mass)
    assert error >= gap - 1e-9
    order = random.Random(0).sample(range(100), 100)
    shuffled = [confidence[i] for i in order], [right[i] for i in order]
    assert expected_calibration_error(*shuffled, 15, equal_mass) == pytest.approx(error)
    tensors = torch.tensor(confidence, dtype=torch.float64), torch.tensor(right)
    assert expected_calibration_error(*tensors, 15, equal_mass) == pytest.approx(error)


def test_a_calibrated_classifier_has_none():
    confidence = [0.25] * 4 + [0.75] * 4
    right = [1, 0, 0, 0, 1, 1, 1, 0]
    for equal_mass in (False, True):
        assert expected_calibration_error(confidence, right, 2, equal_mass) == pytest.approx(0)


@pytest.mark.parametrize(
    'confidence, right, bins, message',
    [
        ([0.5], [True, False], 15, r'confidence has shape \(1,\) and right \(2,\)'),
        ([], [], 15, 'at least one sample'),
        ([1.2], [True], 15, 'confidence lies in 1.2 .. 1.2; give the probability'),
        ([-0.1], [True], 15, 'in 0 .. 1'),
        ([float('nan')], [True], 15, 'in 0 .. 1'),
        ([0.5], [True], 0, 'bins is 0'),
    ],
)
def test_errors(confidence, right, bins, message):
    with pytest.raises(ValueError, match=message):
        expected_calibration_error(confidence, right, bins)
