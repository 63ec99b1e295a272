"""A loss or weights that are not finite end the run, with the old checkpoint there."""

from functools import partial

import pytest
import torch
from mmengine.config import Config
from mmengine.model import BaseModel
from mmengine.optim.optimizer import amp_optimizer_wrapper
from mmengine.runner import Runner, load_checkpoint
from repo import REPO
from torch import nn

from vlltr_mm.engine import FiniteLossHook

NAN, INF = float('nan'), float('inf')


class Spoil(torch.autograd.Function):
    """The identity, with a gradient of NaN."""

    @staticmethod
    def forward(ctx, x):
        return x.clone()

    @staticmethod
    def backward(ctx, grad):
        return grad * NAN


class Toy(BaseModel):
    """Two losses of one weight; ``bad`` maps an iteration to the factor of loss_b.

    The factor 'gradient' leaves the loss and spoils its gradient.
    """

    def __init__(self, bad):
        super().__init__()
        self.weight = nn.Parameter(torch.ones(1))
        self.register_buffer('mask', torch.tensor([0.0, -INF]))
        self.norm = nn.BatchNorm1d(1, affine=False)
        self.bad = bad
        self.calls = 0

    def forward(self, x, mode='tensor'):
        self.calls += 1
        factor = self.bad.get(self.calls, 1.0)
        spoilt = factor == 'gradient'
        weight = Spoil.apply(self.weight) if spoilt else factor * self.weight
        note = torch.tensor(NAN)  # no loss
        return dict(loss_a=self.weight.square().sum(), loss_b=weight.sum(), note=note)


def runner(folder, bad, by_epoch=True, max_skips=20, wrapper=None):
    """Four iterations an epoch, three epochs; a checkpoint after each epoch, the last one kept."""
    data = [dict(x=torch.ones(3)) for _ in range(4)]
    loops = dict(by_epoch=True, max_epochs=3) if by_epoch else dict(by_epoch=False, max_iters=12)
    return Runner(
        model=Toy(bad),
        work_dir=str(folder),
        train_dataloader=dict(
            dataset=data,
            batch_size=1,
            collate_fn=dict(type='default_collate'),
            sampler=dict(type='DefaultSampler' if by_epoch else 'InfiniteSampler', shuffle=False),
        ),
        train_cfg=loops,
        optim_wrapper=dict(optimizer=dict(type='SGD', lr=0.01), **(wrapper or {})),
        default_hooks=dict(
            checkpoint=dict(
                type='CheckpointHook',
                by_epoch=by_epoch,
                interval=1 if by_epoch else 4,
                max_keep_ckpts=1,
            ),
            finite_loss=dict(type='FiniteLossHook', max_skips=max_skips),
        ),
        default_scope='mmpretrain',
        experiment_name=folder.name,
    )


def checkpoints(folder):
    """Return names and weights of the checkpoints."""
    return {
        path.name: float(load_checkpoint(Toy({}), str(path))['state_dict']['weight'])
        for path in folder.glob('*.pth')
    }


@pytest.mark.parametrize('value', [NAN, INF])
def test_the_first_bad_loss_ends_the_run_and_is_named(tmp_path, value):
    run = runner(tmp_path, {8: value})
    told = rf'Iteration 8 \(epoch 2\): loss_b is {value} \(loss_a is 0\.\d+\); the run ends before'
    with pytest.raises(RuntimeError, match=told):
        run.train()
    assert (
        list(checkpoints(tmp_path)) == ['epoch_1.pth'] and checkpoints(tmp_path)['epoch_1.pth'] > 0
    )


@pytest.mark.parametrize('by_epoch, name', [(True, 'epoch_1.pth'), (False, 'iter_4.pth')])
def test_weights_spoilt_by_the_last_gradient_are_not_saved(tmp_path, by_epoch, name):
    run = runner(tmp_path, {8: 'gradient'}, by_epoch)
    with pytest.raises(RuntimeError, match=r'weight holds values that are not finite'):
        run.train()
    assert list(checkpoints(tmp_path)) == [name] and checkpoints(tmp_path)[name] > 0


def test_statistics_with_nan_are_not_saved_but_infinite_masks_are(tmp_path):
    run = runner(tmp_path, {})
    run.train()
    assert list(checkpoints(tmp_path)) == ['epoch_3.pth']
    run.model.norm.running_var.fill_(NAN)
    with pytest.raises(RuntimeError, match='norm.running_var holds values'):
        FiniteLossHook().before_val_epoch(run)


@pytest.fixture
def scaled(monkeypatch):
    """An AmpOptimWrapper that runs without a GPU."""
    monkeypatch.setattr(amp_optimizer_wrapper, 'is_cuda_available', lambda: True)
    scaler = partial(torch.amp.GradScaler, 'cpu')
    monkeypatch.setattr(amp_optimizer_wrapper, 'GradScaler', scaler)
    return dict(type='AmpOptimWrapper', dtype='bfloat16')


def test_what_a_loss_scaler_skips_is_told_and_counted(tmp_path, scaled):
    bad = dict.fromkeys((2, 3, 5, 6), NAN)
    runner(tmp_path, bad, max_skips=2, wrapper=scaled).train()
    assert list(checkpoints(tmp_path)) == ['epoch_3.pth']
    log = next(tmp_path.rglob('*.log')).read_text()
    assert log.count('the loss scaler skips this step (2 in a row, 2 at most)') == 2


def test_too_many_skips_in_a_row_end_the_run(tmp_path, scaled):
    bad = dict.fromkeys((3, 4, 5, 6, 7), NAN)
    told = r'Iteration 5 \(epoch 2\): loss_b is nan .*; 3 such iterations in a row are more'
    with pytest.raises(RuntimeError, match=told):
        runner(tmp_path, bad, max_skips=2, wrapper=scaled).train()
    assert checkpoints(tmp_path)['epoch_1.pth'] > 0


def test_the_recipes_have_it():
    cfg = Config.fromfile(str(REPO / 'configs/_base_/default_runtime.py'))
    assert cfg.default_hooks.finite_loss == dict(type='FiniteLossHook')
    with pytest.raises(ValueError, match='max_skips is -1'):
        FiniteLossHook(max_skips=-1)
