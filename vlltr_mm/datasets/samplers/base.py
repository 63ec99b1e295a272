"""Samples by class, and how the samplers draw from them."""

from typing import NamedTuple, Optional

import numpy as np
import torch
from torch import Tensor
from torch.utils.data import Dataset

from ...utils.gt_labels import read_gt_labels


class ClassIndex(NamedTuple):
    """The samples of the K classes that have any.

    Attributes:
        samples (Tensor): (N,) int64, indices of samples, class by class.
        counts (Tensor): (K,) int64, samples of each class.
    """

    samples: Tensor
    counts: Tensor


def index_classes(dataset: Dataset) -> ClassIndex:
    """Sort the samples of a data set by class.

    Args:
        dataset (Dataset): N samples, with one label each.

    Returns:
        ClassIndex: without the classes that have no sample.
    """
    labels = read_gt_labels(dataset)
    counts = np.bincount(labels)
    return ClassIndex(
        torch.from_numpy(np.argsort(labels, kind='stable')), torch.from_numpy(counts[counts > 0])
    )


def draws_per_epoch(
    dataset: Dataset, num_samples: Optional[int], round_up: bool, world_size: int
) -> int:
    """Count the draws of an epoch, over all ranks.

    Args:
        dataset (Dataset): N samples.
        num_samples (int, optional): None stands for N.
        round_up (bool): to a multiple of the world size.
        world_size (int): number of ranks.

    Returns:
        int: the draws.

    Raises:
        ValueError: if num_samples is not positive, or the data set is empty.
    """
    total = len(dataset) if num_samples is None else num_samples
    if total <= 0 or len(dataset) == 0:
        raise ValueError(
            f'num_samples is {num_samples} and the data set has '
            f'{len(dataset)} samples; both must be positive.'
        )
    return -(-total // world_size) * world_size if round_up else total


def draws_of_rank(total: int, rank: int, world_size: int) -> int:
    """Count the draws that a rank takes of an epoch's."""
    return -(-(total - rank) // world_size)


def draw_with_replacement(
    index: ClassIndex, probabilities: Tensor, num_draws: int, generator: torch.Generator
) -> Tensor:
    """Draw a class, then one of its samples, again and again.

    Args:
        index (ClassIndex): N samples of K classes.
        probabilities (Tensor): (K,) float64, sums to 1.
        num_draws (int): T.
        generator (torch.Generator): source of the randomness.

    Returns:
        Tensor: (T,) int64, indices of samples.
    """
    classes = torch.multinomial(probabilities, num_draws, replacement=True, generator=generator)
    place = torch.rand(num_draws, dtype=torch.float64, generator=generator)
    place = (place * index.counts[classes]).long()
    starts = index.counts.cumsum(0) - index.counts
    return index.samples[starts[classes] + place]


def draw_without_replacement(
    index: ClassIndex, classes: Tensor, generator: torch.Generator
) -> Tensor:
    """Draw a sample of each given class, none twice before all had a turn.

    Args:
        index (ClassIndex): N samples of K classes.
        classes (Tensor): (T,) int64, positions of classes in the index.
        generator (torch.Generator): source of the randomness.

    Returns:
        Tensor: (T,) int64, indices of samples.
    """
    drawn = torch.empty_like(classes)
    turns = classes.bincount(minlength=len(index.counts)).tolist()
    samples_by_class = index.samples.split(index.counts.tolist())
    turns_by_class = classes.argsort(stable=True).split(turns)
    for samples, places in zip(samples_by_class, turns_by_class):
        rounds = -(-len(places) // len(samples))
        for r in range(rounds):
            now = places[r * len(samples) : (r + 1) * len(samples)]
            order = torch.randperm(len(samples), generator=generator)
            drawn[now] = samples[order[: len(now)]]
    return drawn
