"""Parts of a model learn the epoch, wherever they are."""

from types import SimpleNamespace

import pytest
from mmengine.runner import EpochBasedTrainLoop, IterBasedTrainLoop
from torch import nn

from vlltr_mm.engine import ModelEpochHook


class Asking(nn.Module):
    """A part that keeps what it is told."""

    def begin_epoch(self, epoch, max_epochs):
        self.told = (epoch, max_epochs)


def test_each_epoch_is_told():
    part = Asking()
    wrapped = nn.ModuleDict(dict(module=nn.Sequential(nn.Linear(2, 2), part)))  # as of DDP
    loop = EpochBasedTrainLoop.__new__(EpochBasedTrainLoop)
    for epoch in (0, 1, 3):  # also after a resume
        runner = SimpleNamespace(model=wrapped, epoch=epoch, max_epochs=5, train_loop=loop)
        ModelEpochHook().before_train(runner)
        ModelEpochHook().before_train_epoch(runner)
        assert part.told == (epoch, 5)


def test_iterations_are_refused_where_a_part_asks():
    loop = IterBasedTrainLoop.__new__(IterBasedTrainLoop)
    ModelEpochHook().before_train(SimpleNamespace(model=nn.Linear(2, 2), train_loop=loop))
    with pytest.raises(ValueError, match='Asking changes with the epochs, but the training counts'):
        ModelEpochHook().before_train(SimpleNamespace(model=Asking(), train_loop=loop))
