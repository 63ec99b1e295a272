"""Frequencies, ranks and epochs of the sampler."""

import numpy as np
import pytest
from dist_utils import run_ranks
from labelled_data import Labelled
from mmengine.dataset import RepeatDataset
from mmpretrain.registry import DATA_SAMPLERS

from vlltr_mm.datasets import ClassBalancedSampler

FORMER = [25, 70, 56, 25, 43, 20, 61, 86, 9, 65, 10, 51]


def sampler(**kwargs):
    return ClassBalancedSampler(Labelled(), **kwargs)


def plain_probabilities(labels, power):
    """Probability of each sample, by loops."""
    counts = {}
    for label in labels:
        counts[label] = counts.get(label, 0) + 1
    total = sum(n**power for n in counts.values())
    return [counts[y] ** power / total / counts[y] for y in labels]


@pytest.mark.parametrize('power', [0, 0.5, 1, -0.5, 2])
def test_frequencies(power):
    draws = 200_000
    drawn = list(sampler(power=power, num_samples=draws))
    frequency = np.bincount(drawn, minlength=100) / draws
    expected = np.array(plain_probabilities(Labelled().labels, power))
    # Five standard deviations of a binomial share.
    tolerance = 5 * np.sqrt(expected / draws)
    assert (np.abs(frequency - expected) < tolerance).all()


def test_square_root_by_hand():
    own = ClassBalancedSampler(Labelled((9, 4, 1)), power=0.5)
    # 3 : 2 : 1
    assert own.class_probabilities.tolist() == pytest.approx([3 / 6, 2 / 6, 1 / 6])
    assert sampler(power=1e4).class_probabilities.tolist() == [1, 0, 0, 0]


def test_epochs_and_seeds():
    first = sampler()
    assert list(first) == list(first) == list(sampler())
    assert list(sampler(seed=1)) != list(first)
    first.set_epoch(1)
    assert list(first) == list(sampler(seed=1))
    assert len(list(first)) == len(first) == 100


def test_registered_as_the_runner_builds_it():
    own = DATA_SAMPLERS.build(
        dict(type='ClassBalancedSampler', power=0),
        default_args=dict(dataset=repeated_dataset(), seed=3),
    )
    assert own.seed == 3 and len(own) == 200


def repeated_dataset():
    """A wrapper that has get_data_info only."""

    class Inner(Labelled):
        metainfo = {}

        def full_init(self):
            pass

        def get_data_info(self, idx):
            return dict(gt_label=int(self.labels[idx]))

    dataset = RepeatDataset.__new__(RepeatDataset)
    dataset.dataset, dataset.times = Inner(), 2
    dataset._ori_len, dataset._fully_initialized = 100, True
    return dataset


def test_one_image_at_a_time_draws_as_ever():
    """The draws of version 0.1, number by number."""
    assert list(sampler(power=0, num_samples=12)) == FORMER
    assert list(sampler(power=0, num_samples=12, per_class=1)) == FORMER


def rows_by_loops(labels, drawn, m):
    """Check an epoch row by row: one class, its images used up before any comes again."""
    left = {}
    for start in range(0, len(drawn), m):
        row = drawn[start : start + m]
        (label,) = {labels[i] for i in row}
        for index in row:
            if not left.get(label):
                left[label] = {i for i in range(len(labels)) if labels[i] == label}
            assert index in left[label]
            left[label].remove(index)


@pytest.mark.parametrize('m, num_samples', [(2, None), (4, None), (4, 90), (5, 7)])
def test_images_of_a_class_in_a_row(m, num_samples):
    own = sampler(power=0, per_class=m, num_samples=num_samples)
    labels = Labelled().labels
    drawn = list(own)
    assert len(drawn) == len(own) == (num_samples or 100)  # whatever m is
    rows_by_loops(labels, drawn, m)
    assert drawn == list(own) and list(sampler(power=0, per_class=m, seed=1)) != drawn
    own.set_epoch(1)
    assert list(own) != drawn
    rows_by_loops(labels, list(own), m)


@pytest.mark.parametrize('power', [0, 0.5, 1])
def test_frequencies_of_rows(power):
    """As likely as one at a time: of a class, and of each of its images."""
    draws, m = 100_000, 4
    drawn = list(sampler(power=power, per_class=m, num_samples=draws))
    counts = np.bincount(drawn, minlength=100)
    labels = Labelled().labels
    sizes = np.bincount(labels)[labels]
    shares = np.array(plain_probabilities(labels, power)) * sizes
    # Five deviations of the share of a class among the rows.
    tolerance = 5 * np.sqrt(shares * m / draws)
    by_class = np.bincount(labels, counts)[labels] / draws
    assert (np.abs(by_class - shares) < tolerance).all()
    for label in set(labels):
        assert np.ptp(counts[labels == label]) <= 1  # used up in turn


def test_two_images_in_rows_of_four_by_hand():
    drawn = list(ClassBalancedSampler(Labelled((0, 2)), power=0, per_class=4, num_samples=6))
    assert sorted(drawn[:2]) == [0, 1] and drawn == drawn[:2] * 3


def draw(rank, world_size, round_up):
    own = sampler(num_samples=101, round_up=round_up)
    random = ClassBalancedSampler(Labelled(), seed=None)
    rows = sampler(power=0, per_class=4)
    return list(own), len(own), random.seed, list(rows)


@pytest.mark.slow
@pytest.mark.parametrize('round_up,sizes', [(True, (51, 51)), (False, (51, 50))])
def test_ranks_share_one_sequence(round_up, sizes):
    (even, len_0, seed_0, rows_0), (odd, len_1, seed_1, rows_1) = run_ranks(draw, round_up)
    assert (len(even), len(odd)) == (len_0, len_1) == sizes
    whole = list(sampler(num_samples=102 if round_up else 101))
    assert whole[::2] == even and whole[1::2] == odd
    assert seed_0 == seed_1
    rows = list(sampler(power=0, per_class=4))
    assert (rows[::2], rows[1::2]) == (rows_0, rows_1)


@pytest.mark.parametrize(
    'kwargs,match',
    [
        (dict(power=float('nan')), 'power is nan'),
        (dict(num_samples=0), 'num_samples is 0'),
        (dict(per_class=0), 'per_class is 0'),
    ],
)
def test_errors(kwargs, match):
    with pytest.raises(ValueError, match=match):
        sampler(**kwargs)


def test_multi_label_data_is_refused():
    dataset = Labelled()
    dataset.labels = np.zeros((100, 3), dtype=int)
    with pytest.raises(ValueError, match=r'Labelled have shape \(100, 3\)'):
        ClassBalancedSampler(dataset)
