"""From instance-balanced to class-balanced sampling."""

from typing import Iterator, Optional

import torch
from mmengine.dist import get_dist_info, sync_random_seed
from mmpretrain.registry import DATA_SAMPLERS
from torch.utils.data import Dataset, Sampler

from .base import draw_with_replacement, draws_of_rank, draws_per_epoch, index_classes


@DATA_SAMPLERS.register_module()
class ProgressivelyBalancedSampler(Sampler):
    """Draw classes as often as they have images at first, alike at last.

    In epoch t of T, counted from 0, the class probability is
    (1 − t/T)·n_c / N + (t/T) / C, over the C classes that have samples; then
    one of the class's samples is drawn, with replacement. Source: Kang et
    al., Decoupling Representation and Classifier, ICLR 2020. All ranks draw
    the same sequence from seed + epoch, and each takes every world-size-th of
    it.

    Args:
        dataset (Dataset): N samples, with labels.
        max_epochs (int): T, that of ``train_cfg``.
        seed (int, optional): the same on all ranks. Defaults to 0. None takes
            MMEngine's synchronised random seed.
        num_samples (int, optional): draws per epoch, over all ranks. Defaults
            to None, N.
        round_up (bool): draw a few more where the number of draws is no
            multiple of the world size, so that all ranks get as many.
            Defaults to True.

    Raises:
        ValueError: if max_epochs or num_samples is not positive, or the data
            set is empty.
    """

    def __init__(
        self,
        dataset: Dataset,
        max_epochs: int,
        seed: Optional[int] = 0,
        num_samples: Optional[int] = None,
        round_up: bool = True,
    ):
        if max_epochs <= 0:
            raise ValueError(
                f'max_epochs is {max_epochs}; give the positive number of train_cfg.max_epochs.'
            )
        self.rank, self.world_size = get_dist_info()
        self.dataset = dataset
        self.max_epochs = max_epochs
        self.seed = sync_random_seed() if seed is None else seed
        self.epoch = 0
        self.total_size = draws_per_epoch(dataset, num_samples, round_up, self.world_size)
        self._index = index_classes(dataset)

    @property
    def class_probabilities(self) -> torch.Tensor:
        """This epoch's probability of each class that has samples, float64,
        sums to 1."""
        counts = self._index.counts.double()
        share = self.epoch / self.max_epochs
        return (1 - share) * counts / counts.sum() + share / len(counts)

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
        """Let the next iteration draw anew, more balanced than before.

        Args:
            epoch (int): t, from 0 to max_epochs; added to the seed.

        Raises:
            ValueError: if it is beyond max_epochs.
        """
        if not 0 <= epoch <= self.max_epochs:
            raise ValueError(
                f'epoch is {epoch}, but ProgressivelyBalancedSampler has '
                f'max_epochs={self.max_epochs}; set it to '
                'train_cfg.max_epochs.'
            )
        self.epoch = epoch
