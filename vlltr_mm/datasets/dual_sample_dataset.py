"""Two images in a sample: one as usual, one of a class drawn for its rarity."""

from collections.abc import Sequence

import numpy as np
import torch
from mmpretrain.registry import DATASETS
from torch.utils.data import Dataset

from ..utils.dataset_facts import read_gt_labels
from ..utils.validation import check_number
from .samplers.class_balanced import power_probabilities
from .wrapped_dataset import WrappedDataset


@DATASETS.register_module()
class DualSampleDataset(WrappedDataset):
    """Add to each image another one, of a class drawn with probability ∝ n_c**power.

    As in BBN (Zhou et al., CVPR 2020, arXiv 1912.02413): the first image is
    the one that the sampler asks for; the second is drawn here, a class by the
    reversed frequencies, then one of its images uniformly, anew at each access
    and by the generator of the loader's worker. A sample has ``inputs``
    [x_c, x_r] and ``data_samples`` of the same form, of which each has in
    ``branch`` where it goes, 'conventional' or 'rebalancing'. Batches of it
    are for ``DualSampleDataPreprocessor``.

    Args:
        dataset (dict | Dataset): any classification data set of MMPretrain, or
            a wrapper of some, whose pipeline ends with ``PackInputs``.
        power (float): −1 draws classes in proportion to 1/n_c, 0 all alike.
            Defaults to -1.0.

    Raises:
        ValueError: if power is not finite.
    """

    BRANCHES = ('conventional', 'rebalancing')

    def __init__(self, dataset: dict | Dataset, power: float = -1.0):
        self.power = check_number(power, 'power')
        super().__init__(dataset)
        self._weigh()

    def _weigh(self):
        """Sum up how likely each image is as a second one."""
        labels = read_gt_labels(self.dataset)
        counts = np.bincount(labels)
        shares = np.zeros(len(counts))
        found = counts > 0
        shares[found] = power_probabilities(torch.from_numpy(counts[found]), self.power).numpy()
        # A class's probability is that of all its images together.
        self._cumulative = torch.from_numpy((shares / counts.clip(min=1))[labels].cumsum())

    def get_data_info(self, idx: int) -> dict:
        """Return the annotation of a first image."""
        return self.dataset.get_data_info(idx)

    def get_gt_labels(self) -> np.ndarray:
        """Return the labels of the first images, (N,) int64."""
        return read_gt_labels(self.dataset)

    def get_subset_(self, indices: Sequence[int] | int):
        """Keep only some samples, in place; second images are drawn from them too."""
        self.dataset.get_subset_(indices)
        self._weigh()

    def draw(self) -> int:
        """Draw the index of a second image."""
        place = torch.rand((), dtype=torch.float64) * self._cumulative[-1]
        index = int(torch.searchsorted(self._cumulative, place, right=True))
        return min(index, len(self._cumulative) - 1)  # the product may round up to the sum

    def __len__(self) -> int:
        """Return the number of samples."""
        return len(self.dataset)

    def __getitem__(self, idx: int) -> dict:
        """Return a pair of packed samples.

        Raises:
            TypeError: if the wrapped data set does not pack its samples.
        """
        pair = [self.dataset[idx], self.dataset[self.draw()]]
        for packed, branch in zip(pair, self.BRANCHES):
            sample = packed.get('data_samples') if isinstance(packed, dict) else None
            if sample is None or 'gt_label' not in sample:
                raise TypeError(
                    f'{type(self.dataset).__name__} gives samples without '
                    "data_samples.gt_label; end its pipeline with dict(type='PackInputs')."
                )
            sample.set_metainfo(dict(branch=branch))
        return {key: [packed[key] for packed in pair] for key in ('inputs', 'data_samples')}
