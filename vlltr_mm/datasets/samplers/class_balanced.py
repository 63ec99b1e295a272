"""Sampling between instance-balanced and class-balanced."""

import math
from typing import Iterator, Optional

import torch
from mmengine.dist import get_dist_info, sync_random_seed
from mmpretrain.registry import DATA_SAMPLERS
from torch.utils.data import Dataset, Sampler

from .base import draw_with_replacement, draws_of_rank, draws_per_epoch, index_classes


@DATA_SAMPLERS.register_module()
class ClassBalancedSampler(Sampler):
    """Draw classes with probability n_c**power, then one of their images.

    With n_c images in class c and replacement: power 1 is instance-balanced,
    0.5 square-root and 0 class-balanced sampling (Kang et al., Decoupling
    Representation and Classifier, ICLR 2020). All ranks draw the same
    sequence from seed + epoch, and each takes every world-size-th of it.

    Args:
        dataset (Dataset): N samples, with labels.
        power (float): Defaults to 0.5.
        seed (int, optional): the same on all ranks. Defaults to 0. None takes
            MMEngine's synchronised random seed.
        num_samples (int, optional): draws per epoch, over all ranks. Defaults
            to None, N.
        round_up (bool): draw a few more where the number of draws is no
            multiple of the world size, so that all ranks get as many.
            Defaults to True.

    Raises:
        ValueError: if power is not finite, num_samples is not positive, or
            the data set is empty.
    """

    def __init__(
        self,
        dataset: Dataset,
        power: float = 0.5,
        seed: Optional[int] = 0,
        num_samples: Optional[int] = None,
        round_up: bool = True,
    ):
        if not math.isfinite(power):
            raise ValueError(
                f'power is {power}; give a finite number, from 0 '
                '(class-balanced) to 1 (instance-balanced).'
            )
        self.rank, self.world_size = get_dist_info()
        self.dataset = dataset
        self.power = power
        self.seed = sync_random_seed() if seed is None else seed
        self.epoch = 0
        self.total_size = draws_per_epoch(dataset, num_samples, round_up, self.world_size)
        self._index = index_classes(dataset)

    @property
    def class_probabilities(self) -> torch.Tensor:
        """Probability of each class that has samples, float64, sums to 1."""
        # In log space: a large power must not overflow.
        return (self.power * self._index.counts.double().log()).softmax(dim=0)

    def __iter__(self) -> Iterator[int]:
        """Draw this rank's sample indices."""
        generator = torch.Generator().manual_seed(self.seed + self.epoch)
        drawn = draw_with_replacement(
            self._index, self.class_probabilities, self.total_size, generator
        )
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
