"""Randomness that follows from where a run is, so that a resumed run repeats it."""

import logging
import random
from functools import partial

import numpy as np
import torch
from mmengine.dataset import worker_init_fn
from mmengine.dist import get_rank
from mmengine.hooks import Hook
from mmengine.logging import print_log
from mmengine.runner import EpochBasedTrainLoop
from mmpretrain.registry import HOOKS


@HOOKS.register_module()
class RandomStateHook(Hook):
    """Seed every epoch and iteration by (seed, epoch or iteration, rank).

    The host seeds once, when a run starts, and its checkpoints hold no random
    state: a resumed run would see other crops, sentences and mixtures than an
    unbroken one. Here what is random in the training process follows from the
    iteration, and what is random in the loader processes from the epoch: they
    are seeded by the host's own function with another seed each. So on CPU, at
    the same number of ranks and loader processes, a run resumed after an epoch
    is the unbroken one bit for bit. Ranks differ.

    That needs loader processes that start anew each epoch,
    ``persistent_workers=False``; else there is a warning. A ``worker_init_fn``
    of the config is left alone.
    """

    priority = 'VERY_HIGH'

    def before_train(self, runner):
        """Look at the loader."""
        loader = runner.train_dataloader
        init, self._host_init = loader.worker_init_fn, None
        if not isinstance(runner.train_loop, EpochBasedTrainLoop) or loader.num_workers == 0:
            return
        if loader.persistent_workers:
            print_log(
                'train_dataloader.persistent_workers is True: loader processes that outlive an '
                'epoch keep their own random state, so a resumed run differs from an unbroken '
                'one. Set it to False to repeat a run exactly.',
                'current',
                level=logging.WARNING,
            )
        elif isinstance(init, partial) and init.func is worker_init_fn:
            self._host_init = init

    def before_train_epoch(self, runner):
        """Seed what is drawn before the first iteration, as by the loader, and its processes."""
        _seed(runner.seed, 0, runner.epoch, get_rank())
        if self._host_init is not None:
            # The host's adds rank and number of the process; its seed is the same each epoch.
            seed = int(np.random.SeedSequence((runner.seed, 2, runner.epoch)).generate_state(1)[0])
            runner.train_dataloader.worker_init_fn = partial(self._host_init, seed=seed >> 1)

    def before_train_iter(self, runner, batch_idx, data_batch=None):
        """Seed the iteration."""
        _seed(runner.seed, 1, runner.iter, get_rank())


def _seed(*key: int):
    """Seed Python, NumPy and torch from several numbers, however alike they are."""
    first, second = map(int, np.random.SeedSequence(key).generate_state(2))
    random.seed(first)
    np.random.seed(second)
    # Not torch.manual_seed, which asks every kind of device, 40 times as long.
    torch.default_generator.manual_seed(first << 32 | second)
    if torch.cuda.is_initialized():
        torch.cuda.manual_seed(first << 32 | second)
