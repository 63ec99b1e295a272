"""Sampling between instance-balanced and class-balanced."""

import math

import torch
from mmpretrain.registry import DATA_SAMPLERS
from torch import Tensor
from torch.utils.data import Dataset

from ...utils.validation import check_int
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
    """Draw classes with probability n_c**power, then images of them.

    With n_c images in class c: power 1 is instance-balanced, 0.5 square-root
    and 0 class-balanced sampling (Kang et al., Decoupling Representation and
    Classifier, ICLR 2020). Classes are drawn with replacement, and so is the
    one image of each draw. With ``per_class=m`` each draw of a class gives m
    of its images in a row, as in OLTR (m = 4) and SSD (m = 2): the images of a
    class are shuffled anew in each epoch, and used up before any comes again.

    An epoch has ``num_samples`` images, as many as the data set by default,
    whatever m is.

    Args:
        dataset (Dataset): N samples, with labels.
        power (float): Defaults to 0.5.
        seed (int, optional): see ``ClassSampler``. Defaults to 0.
        per_class (int): m, images of a class in a row in the sequence of all
            ranks together. Defaults to 1.
        **kwargs: the other arguments of ``ClassSampler``.

    Raises:
        ValueError: if power is not finite, per_class or num_samples is not
            positive, or the data set is empty.
    """

    def __init__(
        self,
        dataset: Dataset,
        power: float = 0.5,
        seed: int | None = 0,
        *args,
        per_class: int = 1,
        **kwargs,
    ):
        if not math.isfinite(power):
            raise ValueError(
                f'power is {power}; give a finite number, from 0 '
                '(class-balanced) to 1 (instance-balanced).'
            )
        super().__init__(dataset, seed, *args, **kwargs)
        self.power = power
        self.per_class = check_int(per_class, 'per_class', 1)

    @property
    def class_probabilities(self) -> Tensor:
        """Probability of each class that has samples, (K,) float64, sums to 1."""
        return power_probabilities(self.counts, self.power)

    def draw(self, generator: torch.Generator) -> Tensor:
        """Draw an epoch of all ranks, row after row of a class's samples.

        Args:
            generator (torch.Generator): source of the randomness.

        Returns:
            Tensor: (total_size,) int64, indices of samples.
        """
        if self.per_class == 1:
            return super().draw(generator)
        classes = torch.multinomial(
            self.class_probabilities,
            -(-self.total_size // self.per_class),
            replacement=True,
            generator=generator,
        )
        # A shuffled list of all samples, brought in the order of the classes.
        order = torch.randperm(len(self._samples), generator=generator)
        labels = torch.repeat_interleave(self.counts)  # of self._samples
        shuffled = self._samples[order[labels[order].argsort(stable=True)]]
        starts = self.counts.cumsum(0) - self.counts
        place = _turns(classes)[:, None] * self.per_class + torch.arange(self.per_class)
        place = starts[classes][:, None] + place % self.counts[classes][:, None]
        return shuffled[place.flatten()[: self.total_size]]


def _turns(classes: Tensor) -> Tensor:
    """Return how often each class came before, (T,) int64, of classes (T,)."""
    order = classes.argsort(stable=True)
    turns = torch.empty_like(classes)
    firsts = classes.bincount().cumsum(0) - classes.bincount()
    turns[order] = torch.arange(len(classes)) - firsts[classes[order]]
    return turns
