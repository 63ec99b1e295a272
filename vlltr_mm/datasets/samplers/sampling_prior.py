"""Which share of what a sampler draws is of each class."""

from dataclasses import dataclass

import numpy as np
import torch
from mmengine.dataset import DefaultSampler, InfiniteSampler
from mmpretrain.datasets.samplers import RepeatAugSampler, SequentialSampler
from torch import Tensor
from torch.utils.data import Dataset, DistributedSampler, RandomSampler, Sampler
from torch.utils.data import SequentialSampler as TorchSequentialSampler

from ...utils.dataset_facts import read_gt_labels
from .base import ClassSampler

# Not what derives from them, which may draw otherwise.
_BY_SAMPLE = (
    DefaultSampler,
    InfiniteSampler,
    SequentialSampler,
    RepeatAugSampler,
    RandomSampler,
    TorchSequentialSampler,
    DistributedSampler,
)


@dataclass(frozen=True)
class SamplingPrior:
    """The classes as a training loader draws them.

    shares: (K,) float64, by label; 0 for classes without samples, and K ≤ C
    where the last ones have none. None where the data set gives no labels.
    instance_balanced: whether each sample is as likely as any other, in every
    epoch.
    """

    shares: Tensor | None
    instance_balanced: bool


def sampling_prior(sampler: Sampler, dataset: Dataset) -> SamplingPrior | None:
    """Return what a sampler draws in its epoch.

    Args:
        sampler (Sampler): of the training.
        dataset (Dataset): what it draws from; a sample that a wrapper repeats
            counts as often.

    Returns:
        SamplingPrior | None: None of a sampler that is not known: one that is
        neither a ``ClassSampler`` with ``class_probabilities`` nor one of the
        host's or torch's that take every sample alike.
    """
    if isinstance(sampler, ClassSampler):
        if type(sampler).class_probabilities is ClassSampler.class_probabilities:
            return None
        shares = torch.zeros(int(sampler.classes[-1]) + 1, dtype=torch.float64)
        shares[sampler.classes] = sampler.class_probabilities.double()
        return SamplingPrior(shares, sampler.is_instance_balanced)
    if type(sampler) not in _BY_SAMPLE:
        return None
    try:
        counts = torch.from_numpy(np.bincount(read_gt_labels(dataset))).double()
    except TypeError:  # a data set that gives no labels, of which only samples are drawn
        return SamplingPrior(None, True)
    return SamplingPrior(counts / counts.sum(), True)
