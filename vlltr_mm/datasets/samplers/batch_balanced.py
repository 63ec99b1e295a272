"""Batches with numbers of each class as equal as possible."""

from collections.abc import Iterable

import torch
from mmpretrain.registry import DATA_SAMPLERS
from torch import Tensor
from torch.utils.data import Dataset

from .base import ClassSampler


def draw_balanced_classes(
    num_classes: int, batch_sizes: Iterable[int], generator: torch.Generator
) -> Tensor:
    """Choose the classes of batch after batch.

    A batch of B holds every class B // C times; the rest comes from a running
    permutation of the classes, none of them twice. So classes differ by at
    most one within a batch and over all batches together.

    Args:
        num_classes (int): C.
        batch_sizes (Iterable[int]): B of each batch, sum T.
        generator (torch.Generator): source of the randomness.

    Returns:
        Tensor: (T,) int64.
    """

    def permutation() -> Tensor:
        return torch.randperm(num_classes, generator=generator)

    chosen, running = [], torch.empty(0, dtype=torch.int64)
    for size in batch_sizes:
        times, rest = divmod(size, num_classes)
        chosen += [permutation() for _ in range(times)]
        if rest > len(running):
            # What is left goes into this batch; the next permutation has
            # those classes last, so that the batch gets none of them again.
            fresh = permutation()
            left = torch.isin(fresh, running)
            running = torch.cat([running, fresh[~left], fresh[left]])
        chosen.append(running[:rest])
        running = running[rest:]
    return torch.cat(chosen)


@DATA_SAMPLERS.register_module()
class BatchBalancedSampler(ClassSampler):
    """Give every global batch each class floor(B/C) or ceil(B/C) times.

    With B < C that is B different classes. Over an epoch, too, the numbers of
    draws of two classes differ by at most one; the samples of a class are
    shuffled and used up before any comes again. Only classes that have
    samples count. The batches of all ranks together are the global batch.

    Args:
        dataset (Dataset): N samples, with labels.
        batch_size (int): the data loader's, of one rank; B is this times the
            world size.
        *args, **kwargs: the other arguments of ``ClassSampler``.

    Raises:
        ValueError: if batch_size or num_samples is not positive, or the data
            set is empty.
    """

    def __init__(self, dataset: Dataset, batch_size: int, *args, **kwargs):
        if batch_size <= 0:
            raise ValueError(
                f'batch_size is {batch_size}; give the positive '
                "batch_size of the sampler's data loader."
            )
        super().__init__(dataset, *args, **kwargs)
        self.batch_size = batch_size

    @property
    def class_probabilities(self) -> Tensor:
        """Share of each class that has samples, (K,) float64, sums to 1."""
        return torch.full_like(self.counts, 1 / len(self.counts), dtype=torch.float64)

    def draw(self, generator: torch.Generator) -> Tensor:
        """Draw an epoch of all ranks, batch after batch.

        Args:
            generator (torch.Generator): source of the randomness.

        Returns:
            Tensor: (total_size,) int64, indices of samples.
        """
        whole, rest = divmod(self.total_size, self.batch_size * self.world_size)
        sizes = [self.batch_size * self.world_size] * whole + [rest]
        classes = draw_balanced_classes(len(self.counts), sizes, generator)
        drawn = torch.empty_like(classes)
        turns = classes.bincount(minlength=len(self.counts)).tolist()
        samples_by_class = self._samples.split(self.counts.tolist())
        turns_by_class = classes.argsort(stable=True).split(turns)
        for samples, places in zip(samples_by_class, turns_by_class):
            # A class is used up before any of its samples comes again.
            for start in range(0, len(places), len(samples)):
                now = places[start : start + len(samples)]
                order = torch.randperm(len(samples), generator=generator)
                drawn[now] = samples[order[: len(now)]]
        return drawn
