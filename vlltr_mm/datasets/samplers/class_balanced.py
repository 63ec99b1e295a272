"""Sampling between instance-balanced and class-balanced."""

import math

from mmpretrain.registry import DATA_SAMPLERS
from torch import Tensor
from torch.utils.data import Dataset

from .base import ClassSampler


def power_probabilities(counts: Tensor, power: float) -> Tensor:
    """Return how likely classes are that are drawn in proportion to n_c**power.

    Args:
        counts (Tensor): n_c (K,) > 0.
        power (float): 1 for instance-balanced, 0 for class-balanced sampling,
            -1 for the reversed one of BBN.

    Returns:
        Tensor: (K,) float64, sum 1.

    Examples:
        >>> import torch
        >>> [round(p, 4) for p in power_probabilities(torch.tensor([1, 3]), -1).tolist()]
        [0.75, 0.25]
    """
    # In log space: a large power must not overflow.
    return (power * counts.double().log()).softmax(dim=0)


@DATA_SAMPLERS.register_module()
class ClassBalancedSampler(ClassSampler):
    """Draw classes with probability n_c**power, then one of their images.

    With n_c images in class c and replacement: power 1 is instance-balanced,
    0.5 square-root and 0 class-balanced sampling (Kang et al., Decoupling
    Representation and Classifier, ICLR 2020).

    Args:
        dataset (Dataset): N samples, with labels.
        power (float): Defaults to 0.5.
        seed (int, optional): see ``ClassSampler``. Defaults to 0.
        **kwargs: the other arguments of ``ClassSampler``.

    Raises:
        ValueError: if power is not finite, num_samples is not positive, or
            the data set is empty.
    """

    def __init__(self, dataset: Dataset, power: float = 0.5, seed: int | None = 0, *args, **kwargs):
        if not math.isfinite(power):
            raise ValueError(
                f'power is {power}; give a finite number, from 0 '
                '(class-balanced) to 1 (instance-balanced).'
            )
        super().__init__(dataset, seed, *args, **kwargs)
        self.power = power

    @property
    def class_probabilities(self) -> Tensor:
        """Probability of each class that has samples, (K,) float64, sums to 1."""
        return power_probabilities(self.counts, self.power)
