"""From instance-balanced to class-balanced sampling."""

from mmpretrain.registry import DATA_SAMPLERS
from torch import Tensor
from torch.utils.data import Dataset

from .base import ClassSampler


@DATA_SAMPLERS.register_module()
class ProgressivelyBalancedSampler(ClassSampler):
    """Move from instance-balanced to class-balanced sampling over the epochs.

    In epoch t of T, counted from 0, the class probability is
    (1 − t/T)·n_c / N + (t/T) / C, over the C classes that have samples; then
    one of the class's samples is drawn, with replacement. Source: Kang et
    al., Decoupling Representation and Classifier, ICLR 2020.

    Args:
        dataset (Dataset): N samples, with labels.
        max_epochs (int): T, that of ``train_cfg``.
        *args, **kwargs: the other arguments of ``ClassSampler``.

    Raises:
        ValueError: if max_epochs or num_samples is not positive, or the data
            set is empty.
    """

    def __init__(self, dataset: Dataset, max_epochs: int, *args, **kwargs):
        if max_epochs <= 0:
            raise ValueError(
                f'max_epochs is {max_epochs}; give the positive number of train_cfg.max_epochs.'
            )
        super().__init__(dataset, *args, **kwargs)
        self.max_epochs = max_epochs

    @property
    def class_probabilities(self) -> Tensor:
        """This epoch's probability of each class that has samples, (K,) float64, sums to 1."""
        counts = self.counts.double()
        share = self.epoch / self.max_epochs
        return (1 - share) * counts / counts.sum() + share / len(counts)

    @property
    def is_instance_balanced(self) -> bool:
        """Whether each sample is as likely as any other, in every epoch: only the first."""
        return bool((self.counts == self.counts[0]).all())

    def set_epoch(self, epoch: int):
        """Set the epoch, which changes the draws and their class probabilities.

        Args:
            epoch (int): t, from 0 to max_epochs; added to the seed.

        Raises:
            ValueError: if it is beyond max_epochs.
        """
        if not 0 <= epoch <= self.max_epochs:
            raise ValueError(
                f'epoch is {epoch}, but ProgressivelyBalancedSampler has '
                f'max_epochs={self.max_epochs}; set it to train_cfg.max_epochs.'
            )
        super().set_epoch(epoch)
