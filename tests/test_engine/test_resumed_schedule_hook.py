"""A schedule in iterations, resumed where an epoch has another number of them."""

import math

import pytest
import torch
from mmengine.model import BaseModel
from mmengine.runner import Runner
from torch import nn

from vlltr_mm.engine.hooks import ResumedScheduleHook

COSINE = dict(type='CosineAnnealingLR', eta_min=0, convert_to_iter_based=True)
EPOCHS = 6


class Line(BaseModel):
    """A line through nothing in particular; notes its learning rates."""

    def __init__(self):
        super().__init__()
        self.layer = nn.Linear(1, 1)
        self.rates = []

    def train_step(self, data, optim_wrapper):
        self.rates.append(optim_wrapper.optimizer.param_groups[0]['lr'])
        return super().train_step(data, optim_wrapper)

    def forward(self, inputs, mode='tensor'):
        return dict(loss=self.layer(inputs).square().mean())


def collate(samples):
    return dict(inputs=torch.stack(samples))


def run(folder, batch_size, schedule, epochs=EPOCHS, iters=None, hook=True, **more):
    """Train on 48 samples, by epochs or iterations; return the rates and what was warned."""
    model = Line()
    by_epoch = iters is None
    length = dict(max_epochs=epochs) if by_epoch else dict(max_iters=iters)
    runner = Runner(
        model,
        str(folder),
        train_dataloader=dict(
            dataset=list(torch.ones(48, 1)),
            batch_size=batch_size,
            sampler=dict(type='DefaultSampler' if by_epoch else 'InfiniteSampler', shuffle=False),
            collate_fn=collate,
        ),
        train_cfg=dict(length, by_epoch=by_epoch),
        optim_wrapper=dict(optimizer=dict(type='SGD', lr=1.0, weight_decay=0)),
        param_scheduler=schedule,
        default_hooks=dict(
            logger=None,
            checkpoint=dict(
                type='CheckpointHook', interval=1 if by_epoch else 18, by_epoch=by_epoch
            ),
        ),
        custom_hooks=[ResumedScheduleHook()] if hook else None,
        experiment_name=f'{folder.name}{batch_size}{epochs}{hook}',
        log_level='WARNING',
        **more,
    )
    runner.train()
    (log,) = (folder / runner.timestamp).glob('*.log')
    return model.rates, log.read_text()


def cosine(batch_size):
    """The closed form, per iteration."""
    steps = EPOCHS * 48 // batch_size
    return [0.5 * (1 + math.cos(math.pi * step / steps)) for step in range(steps)]


def resume(folder, batch_size, schedule, epoch=3, **more):
    """Go on from a checkpoint of 8 samples a batch."""
    file = str(folder / f'epoch_{epoch}.pth')
    return run(folder, batch_size, schedule, resume=True, load_from=file, **more)


@pytest.fixture
def trained(tmp_path):
    """Epochs of 6 iterations."""
    rates, _ = run(tmp_path, 8, COSINE)
    assert rates == pytest.approx(cosine(8))
    return tmp_path


@pytest.mark.parametrize('batch_size', [4, 16, 24])
def test_a_cosine_ends_with_the_last_epoch(trained, batch_size):
    rates, log = resume(trained, batch_size, COSINE)
    expected = cosine(batch_size)
    assert rates == pytest.approx(expected[len(expected) // 2 :], abs=1e-9)
    length = 48 // batch_size
    assert (
        f'Resumed with {length} iterations an epoch (world size 1, batch size {batch_size}); the '
        f'checkpoint is of 6 iterations an epoch (world size 1, batch size 8). CosineAnnealingLR '
        f'goes on at iteration {3 * length} of {6 * length} (the checkpoint: 18 of 36), so that'
    ) in log


def test_without_the_hook_it_does_not(trained):
    rates, log = resume(trained, 4, COSINE, hook=False)
    assert rates[18:] == [rates[-1]] * 18 and rates[-1] < 0.01  # at its end after half of the way
    assert 'Resumed with' not in log


def test_the_same_length_says_nothing(trained):
    rates, log = resume(trained, 8, COSINE)
    assert rates == pytest.approx(cosine(8)[18:])
    assert 'Resumed with' not in log


def test_twice_resumed(trained):
    run(trained, 16, COSINE, resume=True, load_from=str(trained / 'epoch_2.pth'))
    rates, log = resume(trained, 4, COSINE, epoch=4)
    assert rates == pytest.approx(cosine(4)[48:], abs=1e-9)
    assert 'the checkpoint is of 3 iterations an epoch' in log


def test_a_checkpoint_of_a_run_without_the_hook(tmp_path):
    run(tmp_path, 8, COSINE, hook=False)
    rates, log = resume(tmp_path, 4, COSINE)
    assert rates == pytest.approx(cosine(4)[36:], abs=1e-9)
    assert 'the checkpoint is of 6 iterations an epoch. CosineAnnealingLR goes on at' in log


def test_loaded_weights_start_anew(trained):
    rates, log = run(trained, 4, COSINE, load_from=str(trained / 'epoch_3.pth'))
    assert rates == pytest.approx(cosine(4))
    assert 'Resumed with' not in log


def test_all_schedules_of_a_list(tmp_path):
    schedules = [
        dict(type='LinearLR', start_factor=0.5, by_epoch=False, end=4),
        dict(type='StepLR', step_size=2, gamma=0.1, convert_to_iter_based=True),
        dict(type='MultiStepLR', milestones=[5], gamma=0.5, convert_to_iter_based=True),
    ]
    fresh, _ = run(tmp_path / 'fresh', 4, schedules)
    run(tmp_path / 'old', 8, schedules)
    rates, log = resume(tmp_path / 'old', 4, schedules)
    assert rates == pytest.approx(fresh[36:])
    assert 'StepLR goes on at iteration 36 of 72' in log
    assert 'MultiStepLR goes on at iteration 36 of 72' in log and 'LinearLR' not in log


def test_a_schedule_that_the_config_gives_in_iterations(tmp_path):
    schedule = dict(type='CosineAnnealingLR', eta_min=0, by_epoch=False, end=36)
    run(tmp_path, 8, schedule)
    _, log = resume(tmp_path, 16, schedule)
    assert 'is given in iterations and ends at 36, training now ends at 27.' in log


def test_a_training_by_iterations_ends_where_its_schedule_does(tmp_path):
    schedule = dict(type='CosineAnnealingLR', eta_min=0, by_epoch=False, end=36)
    run(tmp_path, 8, schedule, iters=36)
    file = str(tmp_path / 'iter_18.pth')
    rates, log = run(tmp_path, 16, schedule, iters=36, resume=True, load_from=file)
    assert rates == pytest.approx(cosine(8)[18:]) and 'Resumed with' not in log


def test_another_schedule_in_the_config(trained):
    _, log = resume(trained, 8, COSINE, epochs=8)
    assert 'goes on as in the checkpoint, not as in the config (T_max=36, not 48, end=36, n' in log
    _, log = resume(trained, 4, dict(COSINE, eta_min=0.1))
    assert 'T_max=36, not 72, eta_min=0, not 0.1, end=36, not 72' in log


def test_schedules_by_epoch_are_left_alone(tmp_path):
    schedule = dict(type='CosineAnnealingLR', eta_min=0)
    run(tmp_path, 8, schedule)
    rates, log = resume(tmp_path, 24, schedule)
    assert rates[0] == pytest.approx(0.5) and rates[0] == rates[1] > rates[2]
    assert 'Resumed with' not in log
