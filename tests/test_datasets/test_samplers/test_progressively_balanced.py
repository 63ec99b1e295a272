"""The way from instance-balanced to class-balanced, ranks and resume."""

import numpy as np
import pytest
from dist_utils import run_ranks
from labelled_data import COUNTS, Labelled
from mmpretrain.registry import DATA_SAMPLERS

from vlltr_mm.datasets import ClassBalancedSampler, ProgressivelyBalancedSampler


def sampler(epoch=0, counts=COUNTS, **kwargs):
    own = ProgressivelyBalancedSampler(Labelled(counts), **dict(dict(max_epochs=4), **kwargs))
    own.set_epoch(epoch)
    return own


def plain_probabilities(counts, epoch, max_epochs):
    """The paper's mix of both class probabilities, by loops."""
    present = [n for n in counts if n]
    mixed = []
    for n in present:
        instance = n / sum(present)
        balanced = 1 / len(present)
        t = epoch / max_epochs
        mixed.append((1 - t) * instance + t * balanced)
    return mixed


@pytest.mark.parametrize('epoch', [0, 1, 3, 4])
def test_frequencies(epoch):
    draws = 100_000
    own = sampler(epoch, num_samples=draws)
    expected = plain_probabilities(COUNTS, epoch, 4)
    assert own.class_probabilities.tolist() == pytest.approx(expected)
    drawn = np.bincount(list(own), minlength=100) / draws
    by_class = [expected.pop(0) if n else 0 for n in COUNTS]
    wanted = np.array([by_class[y] / COUNTS[y] for y in Labelled().labels])
    # Five standard deviations of a binomial share.
    assert (np.abs(drawn - wanted) < 5 * np.sqrt(wanted / draws)).all()


def test_by_hand():
    # 3 and 1 images: 0.75 : 0.25 at first, half way to 0.5 : 0.5 at t = T/2.
    assert sampler(2, (3, 1)).class_probabilities.tolist() == [0.625, 0.375]


def test_ends_are_those_of_the_class_balanced_sampler():
    for epoch, power in ((0, 1), (4, 0)):
        other = ClassBalancedSampler(Labelled(), power=power)
        assert sampler(epoch).class_probabilities.tolist() == pytest.approx(
            other.class_probabilities.tolist()
        )


def test_epochs_seeds_and_resume():
    first = sampler()
    draws = []
    for epoch in range(4):
        first.set_epoch(epoch)
        draws.append(list(first))
        assert list(first) == draws[-1] and len(first) == 100
        # A new process that starts in this epoch goes on alike.
        assert list(sampler(epoch)) == draws[-1]
    assert all(draws[0] != other for other in draws[1:])
    assert list(sampler(seed=7)) != draws[0]


def test_registered_as_the_runner_builds_it():
    own = DATA_SAMPLERS.build(
        dict(type='ProgressivelyBalancedSampler', max_epochs=90),
        default_args=dict(dataset=Labelled(), seed=3),
    )
    assert own.seed == 3 and len(own) == 100 and own.max_epochs == 90


def draw(rank, world_size):
    own = sampler(3, num_samples=101)
    return list(own), len(own), sampler(seed=None).seed


@pytest.mark.slow
def test_ranks_share_one_sequence():
    (even, len_0, seed_0), (odd, len_1, seed_1) = run_ranks(draw)
    assert len(even) == len(odd) == len_0 == len_1 == 51
    whole = list(sampler(3, num_samples=102))
    assert whole[::2] == even and whole[1::2] == odd
    assert seed_0 == seed_1


@pytest.mark.parametrize(
    'kwargs,match',
    [
        (dict(max_epochs=0), 'max_epochs is 0'),
        (dict(num_samples=-1), 'num_samples is -1'),
        (dict(counts=(0,)), 'has 0 samples'),
        (dict(epoch=5), 'epoch is 5, but .* max_epochs=4'),
    ],
)
def test_errors(kwargs, match):
    with pytest.raises(ValueError, match=match):
        sampler(**kwargs)
