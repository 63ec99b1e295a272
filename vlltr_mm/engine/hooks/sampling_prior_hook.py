"""Losses learn which share of the training is of each class."""

import logging

import numpy as np
from mmengine.hooks import Hook
from mmengine.logging import print_log
from mmpretrain.registry import HOOKS
from torch import nn
from torch.utils.data import DataLoader, Dataset, Sampler

from ...datasets import ClassSampler
from ...datasets.samplers.sampling_prior import SamplingPrior, sampling_prior
from ...models import LogitAdjustedLoss
from ...utils.dataset_facts import read_training_counts


@HOOKS.register_module()
class SamplingPriorHook(Hook):
    """Tell every ``LogitAdjustedLoss`` of the model what the sampler draws.

    The shares of the classes are read before training, and those of a
    ``ClassSampler`` again in each of its epochs, so that they follow
    ``ProgressivelyBalancedSampler``. They follow from the sampler alone: a
    resumed run has those of an unbroken one. A loss with ``sampling_power``
    keeps that; a model without such a loss is left alone.
    """

    # After DistSamplerSeedHook, which sets the epoch of the sampler.
    priority = 'LOW'

    def __init__(self):
        self._losses: dict[str, LogitAdjustedLoss] = {}
        self._epoch = None

    def before_train(self, runner):
        """Read the sampler, and check that it fits the losses.

        Raises:
            ValueError: see ``give_prior``.
        """
        self._losses, self._epoch = losses_with_prior(runner.model), None
        if not self._losses:
            return
        loader = runner.train_dataloader
        prior = give_prior(self._losses, _sampler(loader), loader.dataset)
        _warn_of_other_counts(self._losses, loader.dataset)
        runner.logger.info(f'LogitAdjustedLoss: {told(prior, _sampler(loader))}')
        if not isinstance(_sampler(loader), ClassSampler):
            self._losses = {}  # they have what holds in all epochs

    def before_train_iter(self, runner, batch_idx, data_batch=None):
        """Read the sampler again in each of its epochs; loops by iteration have several."""
        if not self._losses:
            return
        sampler = _sampler(runner.train_dataloader)
        if sampler.epoch != self._epoch:
            give_prior(self._losses, sampler, runner.train_dataloader.dataset)
            self._epoch = sampler.epoch


def losses_with_prior(model: nn.Module) -> dict[str, LogitAdjustedLoss]:
    """Find the losses whose prior the sampler decides, by their name in the model."""
    return {
        name: module
        for name, module in model.named_modules()
        if isinstance(module, LogitAdjustedLoss) and module.sampling_power is None
    }


def give_prior(
    losses: dict[str, LogitAdjustedLoss], sampler: Sampler, dataset: Dataset
) -> SamplingPrior:
    """Tell losses what a sampler draws in its epoch.

    Args:
        losses (dict[str, LogitAdjustedLoss]): name → loss.
        sampler (Sampler): of the training.
        dataset (Dataset): what it draws from.

    Returns:
        SamplingPrior: what it draws.

    Raises:
        ValueError: if the sampler is not known, its classes are not those of
            a loss, or a loss has τ ≠ 1 beside a sampler that balances.
    """
    kind = type(sampler).__name__
    prior = sampling_prior(sampler, dataset)
    for name, loss in losses.items():
        if prior is None:
            raise ValueError(
                f'model.{name} adjusts for the share of each class in training, but what {kind} '
                'draws is not known. Give the loss sampling_power=p where a class is drawn in '
                'proportion to n^p of its n images (1: every image alike, 0: every class alike), '
                'or derive the sampler from ClassSampler with its own class_probabilities.'
            )
        loss.check_tau(prior.instance_balanced, kind)
        loss.set_prior(prior.shares)
    return prior


def told(prior: SamplingPrior, sampler: Sampler) -> str:
    """Say which prior a sampler leaves."""
    kind = type(sampler).__name__
    if prior.shares is None:
        return f'{kind} draws every image alike, so the prior is that of class_counts.'
    drawn = prior.shares[prior.shares > 0]
    return (
        f'the prior is what {kind} draws, {len(drawn)} classes with shares from '
        f'{drawn.min():.3g} to {drawn.max():.3g}.'
    )


def _sampler(loader: DataLoader) -> Sampler:
    """Return what decides on the draws of a loader."""
    batches = loader.batch_sampler
    # Beside a batch sampler of one's own, torch's loader has a sampler that it does not use.
    return loader.sampler if batches is None else getattr(batches, 'sampler', batches)


def _warn_of_other_counts(losses: dict[str, LogitAdjustedLoss], dataset: Dataset):
    """Warn of ``class_counts`` that are not those of the training set."""
    counts = read_training_counts(dataset)
    for name, loss in losses.items():
        # Losses count classes without images as 1.
        if counts is not None and not np.array_equal(counts.clip(min=1), loss.counts.cpu().numpy()):
            print_log(
                f'model.{name} has other class_counts than the training set. Its prior is what '
                'the sampler draws; class_counts only says how many classes there are.',
                'current',
                level=logging.WARNING,
            )
