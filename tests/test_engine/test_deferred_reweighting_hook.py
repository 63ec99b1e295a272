"""The weights come on in their epoch, also after resume and under DDP."""

import logging
from types import SimpleNamespace

import pytest
import torch
from dist_utils import run_ranks
from mmengine.hooks import Hook
from mmengine.model import BaseModel, MMDistributedDataParallel
from mmengine.runner import Runner

from vlltr_mm.engine import DeferredReweightingHook
from vlltr_mm.models import ClassBalancedCELoss, CosineLinearClsHead, LDAMLoss, LogitAdjustedLoss

COUNTS = [20, 1]


class Toy(BaseModel):
    """A head of its own on given features."""

    def __init__(self, loss=None):
        super().__init__()
        self.head = CosineLinearClsHead(num_classes=2, in_channels=3, loss=loss or LDAMLoss(COUNTS))

    def forward(self, x, y, mode='tensor'):
        value = self.head.loss_module(self.head((x,)), y)
        return dict(loss=value)


class Record(Hook):
    """Note after each iteration whether the weights were on."""

    def __init__(self):
        self.seen = []

    def after_train_iter(self, runner, *args, **kwargs):
        self.seen.append(runner.model.head.loss_module.reweight)


def run(work_dir, begin=2, epochs=4, load_from=None, model=None):
    record = Record()
    data = [dict(x=torch.ones(3) * i, y=torch.tensor(i % 2)) for i in (1, 2)]
    runner = Runner(
        model=model or Toy(),
        work_dir=str(work_dir),
        train_dataloader=dict(
            dataset=data,
            batch_size=2,
            collate_fn=dict(type='default_collate'),
            sampler=dict(type='DefaultSampler', shuffle=False),
        ),
        train_cfg=dict(by_epoch=True, max_epochs=epochs),
        optim_wrapper=dict(optimizer=dict(type='SGD', lr=0.1)),
        custom_hooks=[record, dict(type='DeferredReweightingHook', begin=begin)],
        default_scope='mmpretrain',
        experiment_name=f'{work_dir.name}-{begin}-{load_from}',
        load_from=load_from,
        resume=load_from is not None,
    )
    runner.train()
    return record.seen


def test_epochs_and_resume(tmp_path):
    assert run(tmp_path) == [False, False, True, True]
    for epoch, rest in ((1, [False, True, True]), (3, [True])):
        file = str(tmp_path / f'epoch_{epoch}.pth')
        assert run(tmp_path / 'again', load_from=file) == rest


def test_from_the_start_and_losses_that_start_with_weights(tmp_path):
    assert run(tmp_path, begin=0, epochs=1) == [True]
    model = Toy(ClassBalancedCELoss(COUNTS))
    assert run(tmp_path, 1, 2, model=model) == [False, True]


def test_errors(tmp_path):
    with pytest.raises(ValueError, match='begin is -1'):
        DeferredReweightingHook(begin=-1)
    with pytest.raises(ValueError, match='begin is 4, but training has 4'):
        run(tmp_path, begin=4)
    with pytest.raises(ValueError, match="no loss with a bool 'reweight'"):
        run(tmp_path, begin=3, model=Toy(LogitAdjustedLoss(COUNTS)))


def losses_under_ddp(rank, world_size, path):
    torch.manual_seed(0)
    own = Toy(LDAMLoss(path))  # the file is read after the wrapping
    model = MMDistributedDataParallel(own, device_ids=None)
    x, y = torch.randn(4, 3), torch.tensor([0, 1, 0, 1])
    hook, values = DeferredReweightingHook(begin=3), []
    for epoch in (2, 3):
        hook.before_train_epoch(
            SimpleNamespace(model=model, epoch=epoch, logger=logging.getLogger())
        )
        loss = model(x, y, mode='loss')['loss']
        loss.backward()
        values.append(float(loss.detach()))
    return values


@pytest.mark.slow
def test_under_ddp(tmp_path):
    path = tmp_path / 'list.txt'
    path.write_text('a.jpg 0\n' * 20 + 'b.jpg 1\n')
    first, second = run_ranks(losses_under_ddp, str(path))
    torch.manual_seed(0)
    model = Toy()
    x, y = torch.randn(4, 3), torch.tensor([0, 1, 0, 1])
    plain = []
    for on in (False, True):
        model.head.loss_module.reweight = on
        plain.append(float(model(x, y)['loss'].detach()))
    assert plain[0] != plain[1]
    assert first == second == pytest.approx(plain, rel=1e-6)
