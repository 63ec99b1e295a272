"""What is random follows from where a run is."""

import random
from functools import partial
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from mmengine.dataset import worker_init_fn
from mmengine.runner import EpochBasedTrainLoop
from torch.utils.data import DataLoader, Dataset

from vlltr_mm.engine.hooks import RandomStateHook, random_state_hook


class Draws(Dataset):
    """Numbers from every generator that transforms draw from."""

    def __len__(self):
        return 4

    def __getitem__(self, index):
        return draw()


def draw():
    return torch.tensor([random.random(), np.random.rand(), torch.rand(()).item()])


def seven(worker_id):
    """A function of a user, who wants it so."""
    torch.manual_seed(7)


def run(first=0, epochs=3, seed=0, num_workers=2, **kwargs):
    """Run epochs from ``first`` on, as the host's loop does; return all draws of each."""
    rank = random_state_hook.get_rank()
    init = partial(worker_init_fn, num_workers=num_workers, rank=rank, seed=seed)
    kwargs = {**dict(num_workers=num_workers, worker_init_fn=init), **kwargs}
    loader = DataLoader(Draws(), 2, **kwargs)
    loop = EpochBasedTrainLoop.__new__(EpochBasedTrainLoop)
    runner = SimpleNamespace(train_dataloader=loader, train_loop=loop, seed=seed, iter=2 * first)
    hook, found = RandomStateHook(), []
    hook.before_train(runner)
    for runner.epoch in range(first, epochs):
        hook.before_train_epoch(runner)
        drawn = []
        for index, batch in enumerate(loader):
            hook.before_train_iter(runner, index)
            drawn += [*batch, draw()]
            runner.iter += 1
        found.append(torch.cat(drawn))
    return found


@pytest.mark.parametrize('num_workers', [0, 2])
def test_a_resumed_run_draws_what_the_unbroken_one_drew(num_workers, monkeypatch):
    whole = run(num_workers=num_workers)
    torch.rand(5), np.random.rand(5), random.random()
    resumed = run(first=1, num_workers=num_workers)
    for one, other in zip(whole[1:], resumed):
        assert torch.equal(one, other)
    monkeypatch.setattr(random_state_hook, 'get_rank', lambda: 1)
    others = whole + run(num_workers=num_workers) + run(seed=1, num_workers=num_workers)
    numbers = torch.cat(others)
    assert len(numbers.unique()) == len(numbers)  # no epoch, rank or seed repeats another


def test_a_function_of_the_config_is_left_alone():
    first, second = run(epochs=2, num_workers=1, worker_init_fn=seven)
    assert first[2] == second[2]  # the first draw of torch in the loader process
    assert first[0] != second[0]


def test_processes_that_outlive_an_epoch_are_said(monkeypatch):
    said = []
    monkeypatch.setattr(random_state_hook, 'print_log', lambda text, *_, **__: said.append(text))
    run(epochs=1, persistent_workers=True)
    assert 'persistent_workers is True' in said[0]
