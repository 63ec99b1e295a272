"""What a sampler leaves of the classes, against what it draws."""

import numpy as np
import pytest
import torch
from labelled_data import COUNTS, Labelled
from mmengine.dataset import ClassBalancedDataset, DefaultSampler, InfiniteSampler, RepeatDataset
from mmpretrain.datasets import BaseDataset
from mmpretrain.datasets.samplers import RepeatAugSampler, SequentialSampler
from torch.utils.data import (
    ConcatDataset,
    DistributedSampler,
    RandomSampler,
    Subset,
    WeightedRandomSampler,
)
from torch.utils.data import SequentialSampler as TorchSequentialSampler

from vlltr_mm.datasets import (
    BatchBalancedSampler,
    ClassBalancedSampler,
    ClassSampler,
    ProgressivelyBalancedSampler,
)
from vlltr_mm.datasets.samplers.sampling_prior import sampling_prior

PRESENT = [60, 25, 12, 3]  # class 2 has none


def by_label(shares):
    return [shares[0], shares[1], 0, shares[2], shares[3]]


@pytest.mark.parametrize('power', [1.0, 0.5, 0.0, 2.0])
def test_class_balanced(power):
    data = Labelled()
    sampler = ClassBalancedSampler(data, power=power, num_samples=100_000)
    prior = sampling_prior(sampler, data)
    total = sum(n**power for n in PRESENT)
    assert prior.shares.tolist() == pytest.approx(by_label([n**power / total for n in PRESENT]))
    assert prior.instance_balanced == (power == 1)
    drawn = np.bincount(data.labels[list(sampler)], minlength=5) / 100_000
    # Five standard deviations of a binomial share.
    assert drawn.tolist() == pytest.approx(prior.shares.tolist(), abs=5 * 0.5 / 100_000**0.5)


def test_progressively_balanced_follows_the_epoch():
    data = Labelled()
    sampler = ProgressivelyBalancedSampler(data, max_epochs=4)
    for epoch in range(5):
        sampler.set_epoch(epoch)
        prior = sampling_prior(sampler, data)
        mixed = [(1 - epoch / 4) * n / 100 + epoch / 4 / 4 for n in PRESENT]
        assert prior.shares.tolist() == pytest.approx(by_label(mixed))
        assert not prior.instance_balanced
    equal = Labelled((5, 5))
    assert sampling_prior(ProgressivelyBalancedSampler(equal, 4), equal).instance_balanced


def test_balanced_batches_are_uniform():
    data = Labelled()
    sampler = BatchBalancedSampler(data, batch_size=8)
    prior = sampling_prior(sampler, data)
    assert prior.shares.tolist() == by_label([0.25] * 4)
    assert not prior.instance_balanced
    assert np.bincount(data.labels[list(sampler)], minlength=5).tolist() == by_label([25] * 4)


def distributed(data):
    return DistributedSampler(data, num_replicas=2, rank=0)


@pytest.mark.parametrize(
    'kind',
    [
        DefaultSampler,
        InfiniteSampler,
        RepeatAugSampler,
        lambda data: SequentialSampler(dataset=data),
        RandomSampler,
        TorchSequentialSampler,
        distributed,
    ],
)
def test_samplers_that_take_all_alike(kind):
    data = Labelled()
    prior = sampling_prior(kind(data), data)
    assert prior.shares.tolist() == pytest.approx([n / 100 for n in COUNTS])
    assert prior.instance_balanced


class Listed(BaseDataset):
    """The same as MMPretrain's data sets are."""

    def __init__(self, counts=COUNTS):
        self.labels = np.repeat(np.arange(len(counts)), counts)
        super().__init__('', serialize_data=False)

    def load_data_list(self):
        return [dict(gt_label=int(label)) for label in self.labels]


@pytest.mark.parametrize(
    'wrap, counts',
    [
        (lambda data: RepeatDataset(data, times=3), [60, 25, 0, 12, 3]),
        # Classes of a share below 0.5 are repeated by the root of 0.5 / share, rounded up.
        (lambda data: ClassBalancedDataset(data, oversample_thr=0.5), [60, 50, 0, 36, 15]),
        (lambda data: ConcatDataset([data, Labelled((0, 5))]), [60, 30, 0, 12, 3]),
        (lambda data: Subset(data, [*range(90), 0, 0]), [62, 25, 0, 5]),
    ],
)
def test_wrapped_data_sets_count_as_they_are_drawn(wrap, counts):
    wrapped = wrap(Listed())
    counts = np.array(counts)
    prior = sampling_prior(DefaultSampler(wrapped), wrapped)
    assert prior.shares.tolist() == pytest.approx((counts / counts.sum()).tolist())
    prior = sampling_prior(ClassBalancedSampler(wrapped), wrapped)
    assert prior.shares.tolist() == pytest.approx((counts**0.5 / (counts**0.5).sum()).tolist())


class OwnDraw(ClassSampler):
    def draw(self, generator):
        return torch.arange(self.total_size)


class OwnDefault(DefaultSampler):
    pass


@pytest.mark.parametrize(
    'make', [OwnDraw, OwnDefault, lambda data: WeightedRandomSampler([1.0] * 100, 100)]
)
def test_other_samplers_are_not_known(make):
    data = Labelled()
    assert sampling_prior(make(data), data) is None


def test_a_data_set_without_labels_says_nothing():
    data = torch.utils.data.TensorDataset(torch.zeros(3))
    prior = sampling_prior(DefaultSampler(data), data)
    assert prior.shares is None and prior.instance_balanced
