"""What a batch holds, what an epoch holds, ranks and resume."""

import numpy as np
import pytest
from dist_utils import run_ranks
from labelled_data import COUNTS, Labelled
from mmpretrain.registry import DATA_SAMPLERS

from vlltr_mm.datasets import BatchBalancedSampler

MANY = tuple(range(1, 12))  # eleven classes of 1 to 11 images


def sampler(epoch=0, counts=COUNTS, **kwargs):
    own = BatchBalancedSampler(Labelled(counts), **dict(dict(batch_size=4), **kwargs))
    own.set_epoch(epoch)
    return own


def times_of_classes(labels, counts):
    """How often each class that has images occurs, by loops."""
    return [sum(int(y) == c for y in labels) for c, n in enumerate(counts) if n]


@pytest.mark.parametrize('counts', [COUNTS, MANY, (5,)])
@pytest.mark.parametrize('size', [1, 3, 4, 7, 11, 30])
def test_batches_and_epochs_are_balanced(counts, size):
    draws = 200
    own = sampler(counts=counts, batch_size=size, num_samples=draws)
    labels = own.dataset.labels[list(own)]
    assert len(labels) == draws
    present = sum(n > 0 for n in counts)
    for start in range(0, draws, size):
        batch = labels[start : start + size]
        times = times_of_classes(batch, counts)
        low, high = len(batch) // present, -(-len(batch) // present)
        assert set(times) <= {low, high}
        # So it is up to here, and not only at the end.
        running = times_of_classes(labels[: start + size], counts)
        assert max(running) - min(running) <= 1


@pytest.mark.parametrize('counts', [COUNTS, MANY])
def test_images_of_a_class_are_used_up_before_they_come_again(counts):
    own = sampler(counts=counts, num_samples=300)
    turns = [[] for _ in counts]
    for index in own:
        turns[own.dataset.labels[index]].append(index)
    for n, drawn in zip(counts, turns):
        rounds = [drawn[i : i + n] for i in range(0, len(drawn), max(n, 1))]
        assert all(len(set(r)) == len(r) for r in rounds)
    # Of the last class; shuffled anew each time.
    assert len({tuple(r) for r in rounds if len(r) == n}) > 1


def test_by_hand():
    # Two classes, batches of three: 2 + 1 and then the other way round.
    own = sampler(counts=(9, 1), batch_size=3, num_samples=6)
    labels = own.dataset.labels[list(own)].tolist()
    assert sorted((sum(labels[:3]), sum(labels[3:]))) == [1, 2]


def test_classes_come_in_random_order():
    """Every class is first in a batch about as often as any other."""
    firsts = np.zeros(11)
    for epoch in range(1100):
        own = sampler(epoch, MANY, batch_size=11, num_samples=11)
        firsts[own.dataset.labels[next(iter(own))]] += 1
    # Five standard deviations about 100.
    assert (np.abs(firsts - 100) < 50).all()


def test_epochs_seeds_and_resume():
    first = sampler()
    draws = []
    for epoch in range(3):
        first.set_epoch(epoch)
        draws.append(list(first))
        assert list(first) == draws[-1] and len(first) == 100
        # A new process that starts in this epoch goes on alike.
        assert list(sampler(epoch)) == draws[-1]
    assert draws[0] != draws[1] != draws[2]
    assert list(sampler(seed=7)) != draws[0]


def test_registered_as_the_runner_builds_it():
    own = DATA_SAMPLERS.build(
        dict(type='BatchBalancedSampler', batch_size=8),
        default_args=dict(dataset=Labelled(), seed=3),
    )
    assert own.seed == 3 and len(own) == 100


def draw(rank, world_size):
    own = sampler(2, MANY, num_samples=65)
    return list(own), len(own), sampler(seed=None).seed


@pytest.mark.slow
def test_ranks_share_one_sequence_of_global_batches():
    (even, len_0, seed_0), (odd, len_1, seed_1) = run_ranks(draw)
    assert len(even) == len(odd) == len_0 == len_1 == 33
    assert seed_0 == seed_1
    whole = list(sampler(2, MANY, batch_size=8, num_samples=66))
    assert whole[::2] == even and whole[1::2] == odd
    labels = Labelled(MANY).labels
    for start in range(0, 33, 4):
        both = even[start : start + 4] + odd[start : start + 4]
        assert len(set(labels[both])) == len(both)


@pytest.mark.parametrize(
    'kwargs,match',
    [
        (dict(batch_size=0), 'batch_size is 0'),
        (dict(num_samples=0), 'num_samples is 0'),
        (dict(counts=(0,)), 'has 0 samples'),
    ],
)
def test_errors(kwargs, match):
    with pytest.raises(ValueError, match=match):
        sampler(**kwargs)
