"""What the samplers share: samples by class, epochs, seeds and ranks."""

from collections.abc import Iterator

import numpy as np
import torch
from mmengine.dist import get_dist_info, sync_random_seed
from torch import Tensor
from torch.utils.data import Dataset, Sampler

from ...utils.dataset_facts import read_gt_labels


class ClassSampler(Sampler):
    """Base of samplers that choose a class first, then one of its samples.

    All ranks draw the same sequence from seed + epoch, and each takes every
    world-size-th of it. A subclass has ``class_probabilities``; with its own
    ``draw`` it needs them only for ``LogitAdjustedLoss``. ``classes`` and
    ``counts`` (K,) are the labels and numbers of what there is to draw.

    Args:
        dataset (Dataset): N samples, with labels.
        seed (int, optional): the same on all ranks. Defaults to 0. None takes
            MMEngine's synchronised random seed.
        num_samples (int, optional): draws per epoch, over all ranks. Defaults
            to None, N.
        round_up (bool): draw a few more where the number of draws is no
            multiple of the world size, so that all ranks get as many.
            Defaults to True.

    Raises:
        ValueError: if num_samples is not positive, or the data set is empty.
    """

    def __init__(
        self,
        dataset: Dataset,
        seed: int | None = 0,
        num_samples: int | None = None,
        round_up: bool = True,
    ):
        self.rank, self.world_size = get_dist_info()
        self.dataset = dataset
        self.seed = sync_random_seed() if seed is None else seed
        self.epoch = 0
        total = len(dataset) if num_samples is None else num_samples
        if total <= 0 or len(dataset) == 0:
            raise ValueError(
                f'num_samples is {num_samples} and the data set has '
                f'{len(dataset)} samples; both must be positive.'
            )
        # Over all ranks.
        self.total_size = -(-total // self.world_size) * self.world_size if round_up else total
        labels = read_gt_labels(dataset)
        counts = np.bincount(labels)
        self._samples = torch.from_numpy(np.argsort(labels, kind='stable'))  # (N,) class by class
        self.counts = torch.from_numpy(counts[counts > 0])  # (K,) of the classes with samples
        self.classes = torch.from_numpy(np.flatnonzero(counts))  # (K,) their labels

    @property
    def class_probabilities(self) -> Tensor:
        """Probability of each class that has samples, (K,) float64, sums to 1."""
        raise NotImplementedError

    @property
    def is_instance_balanced(self) -> bool:
        """Whether each sample is as likely as any other, in every epoch.

        To be overridden where ``class_probabilities`` change with the epoch.
        """
        counts = self.counts.double()
        return torch.allclose(self.class_probabilities, counts / counts.sum())

    def draw(self, generator: torch.Generator) -> Tensor:
        """Draw an epoch of all ranks: a class, then one of its samples, with replacement.

        Args:
            generator (torch.Generator): source of the randomness.

        Returns:
            Tensor: (total_size,) int64, indices of samples.
        """
        classes = torch.multinomial(
            self.class_probabilities, self.total_size, replacement=True, generator=generator
        )
        place = torch.rand(self.total_size, dtype=torch.float64, generator=generator)
        place = (place * self.counts[classes]).long()
        starts = self.counts.cumsum(0) - self.counts
        return self._samples[starts[classes] + place]

    def __iter__(self) -> Iterator[int]:
        """Draw this rank's sample indices."""
        drawn = self.draw(torch.Generator().manual_seed(self.seed + self.epoch))
        return iter(drawn[self.rank :: self.world_size].tolist())

    def __len__(self) -> int:
        """Return the number of draws of this rank."""
        return -(-(self.total_size - self.rank) // self.world_size)

    def set_epoch(self, epoch: int):
        """Set the epoch, which changes the draws.

        Args:
            epoch (int): added to the seed.
        """
        self.epoch = epoch
