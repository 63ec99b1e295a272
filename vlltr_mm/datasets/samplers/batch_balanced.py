"""Batches that hold the classes as equally as they can."""

from typing import Iterable, Iterator, Optional

import torch
from mmengine.dist import get_dist_info, sync_random_seed
from mmpretrain.registry import DATA_SAMPLERS
from torch import Tensor
from torch.utils.data import Dataset, Sampler

from .base import draw_without_replacement, draws_of_rank, draws_per_epoch, index_classes


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
class BatchBalancedSampler(Sampler):
    """Give every global batch each class floor(B/C) or ceil(B/C) times.

    With B < C that is B different classes. Over an epoch, too, the numbers of
    draws of two classes differ by at most one; the samples of a class are
    shuffled and used up before any comes again. Only classes that have
    samples count. All ranks draw the same sequence from seed + epoch, and
    each takes every world-size-th of it, so that the batches of all ranks
    together are the global batch.

    Args:
        dataset (Dataset): N samples, with labels.
        batch_size (int): the data loader's, of one rank; B is this times the
            world size.
        seed (int, optional): the same on all ranks. Defaults to 0. None takes
            MMEngine's synchronised random seed.
        num_samples (int, optional): draws per epoch, over all ranks. Defaults
            to None, N.
        round_up (bool): draw a few more where the number of draws is no
            multiple of the world size, so that all ranks get as many.
            Defaults to True.

    Raises:
        ValueError: if batch_size or num_samples is not positive, or the data
            set is empty.
    """

    def __init__(
        self,
        dataset: Dataset,
        batch_size: int,
        seed: Optional[int] = 0,
        num_samples: Optional[int] = None,
        round_up: bool = True,
    ):
        if batch_size <= 0:
            raise ValueError(
                f'batch_size is {batch_size}; give the positive '
                "batch_size of the sampler's data loader."
            )
        self.rank, self.world_size = get_dist_info()
        self.dataset = dataset
        self.batch_size = batch_size
        self.seed = sync_random_seed() if seed is None else seed
        self.epoch = 0
        self.total_size = draws_per_epoch(dataset, num_samples, round_up, self.world_size)
        self._index = index_classes(dataset)

    def __iter__(self) -> Iterator[int]:
        """Draw this rank's sample indices."""
        generator = torch.Generator().manual_seed(self.seed + self.epoch)
        whole, rest = divmod(self.total_size, self.batch_size * self.world_size)
        sizes = [self.batch_size * self.world_size] * whole + [rest]
        classes = draw_balanced_classes(len(self._index.counts), sizes, generator)
        drawn = draw_without_replacement(self._index, classes, generator)
        return iter(drawn[self.rank :: self.world_size].tolist())

    def __len__(self) -> int:
        """Return the number of draws of this rank."""
        return draws_of_rank(self.total_size, self.rank, self.world_size)

    def set_epoch(self, epoch: int):
        """Let the next iteration draw anew.

        Args:
            epoch (int): added to the seed.
        """
        self.epoch = epoch
