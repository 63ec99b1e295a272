"""MMEngine's runner trains, resumes and tests under the strict loader."""

import pickle
from pathlib import Path

import pytest
import torch
from mmengine.config import Config
from mmengine.evaluator import BaseMetric, Evaluator
from mmengine.model import BaseModel
from mmengine.runner import Runner
from torch import nn

from vlltr_mm.utils.checkpoint import register_safe_loader


class Line(BaseModel):
    def __init__(self):
        super().__init__()
        self.linear = nn.Linear(1, 1)
        self.norm = nn.BatchNorm1d(1)

    def forward(self, x, y, mode='tensor'):
        out = self.norm(self.linear(x))
        return dict(loss=(out - y).square().mean()) if mode == 'loss' else out


class Mean(BaseMetric):
    def process(self, data_batch, data_samples):
        self.results += [float(v) for v in data_samples]

    def compute_metrics(self, results):
        return dict(mean=sum(results) / len(results))


def make_runner(work_dir, **kwargs):
    torch.manual_seed(0)
    data = [(torch.tensor([float(i)]), torch.tensor([i % 3.0])) for i in range(12)]
    loader = dict(
        batch_size=4,
        dataset=data,
        sampler=dict(type='DefaultSampler', shuffle=False),
        collate_fn=dict(type='default_collate'),
    )
    return Runner(
        model=Line(),
        work_dir=str(work_dir),
        train_dataloader=loader,
        val_dataloader=loader,
        test_dataloader=loader,
        train_cfg=dict(by_epoch=True, max_epochs=4),
        val_cfg=dict(),
        test_cfg=dict(),
        val_evaluator=Evaluator(Mean()),
        test_evaluator=Evaluator(Mean()),
        optim_wrapper=dict(optimizer=dict(type='AdamW', lr=0.01)),
        param_scheduler=[
            dict(
                type='LinearLR', start_factor=0.1, end=2, by_epoch=True, convert_to_iter_based=True
            ),
            dict(type='CosineAnnealingLR', T_max=4),
        ],
        default_hooks=dict(
            logger=dict(type='LoggerHook', interval=1),
            checkpoint=dict(type='CheckpointHook', interval=1, save_best='mean', rule='greater'),
        ),
        cfg=Config(dict(a=1)),
        experiment_name=str(work_dir).replace('/', '_'),
        default_scope='mmpretrain',
        log_level='WARNING',
        **kwargs,
    )


@pytest.fixture(autouse=True)
def strict_loader():
    register_safe_loader()


@pytest.fixture(scope='module')
def whole(tmp_path_factory):
    runner = make_runner(tmp_path_factory.mktemp('whole'))
    runner.train()
    return runner


@pytest.fixture
def epoch_2(whole):
    return Path(whole.work_dir) / 'epoch_2.pth'


def test_checkpoint_holds_what_torch_alone_refuses(epoch_2):
    with pytest.raises(pickle.UnpicklingError):
        torch.load(epoch_2, weights_only=True)


def test_resumed_run_equals_an_unbroken_one(whole, epoch_2, tmp_path):
    part = make_runner(tmp_path / 'part', resume=True, load_from=str(epoch_2))
    part.train()
    assert (part.epoch, part.iter) == (4, 12)
    for key, value in whole.model.state_dict().items():
        assert torch.equal(value, part.model.state_dict()[key])
    for name in ('train/loss', 'train/lr'):
        first, second = (r.message_hub.get_scalar(name).data[0] for r in (whole, part))
        assert len(first) == 12
        assert (first == second).all()


def test_checkpoint_tests(epoch_2, tmp_path):
    runner = make_runner(tmp_path / 'test', load_from=str(epoch_2))
    assert set(runner.test()) == {'mean'}
    expected = torch.load(epoch_2, weights_only=False)['state_dict']
    assert torch.equal(runner.model.linear.weight, expected['linear.weight'])


def test_code_in_meta_config_does_not_run_on_resume(epoch_2, tmp_path):
    sentinel = tmp_path / 'sentinel'
    checkpoint = torch.load(epoch_2, weights_only=False)
    checkpoint['meta']['config'] = f'open({str(sentinel)!r}, "w").close()\ngpu_ids = [0]\n'
    torch.save(checkpoint, tmp_path / 'bad.pth')
    runner = make_runner(tmp_path / 'run', resume=True, load_from=str(tmp_path / 'bad.pth'))
    runner.train()
    assert runner.epoch == 4
    assert not sentinel.exists()
    Config.fromstring(checkpoint['meta']['config'], '.py')
    assert sentinel.exists()  # the attack is a real one


def test_hostile_pickle_stops_resume(epoch_2, tmp_path):
    sentinel = tmp_path / 'sentinel'

    class Attack:
        def __reduce__(self):
            return exec, (f'open({str(sentinel)!r}, "w")',)

    checkpoint = torch.load(epoch_2, weights_only=False)
    checkpoint['message_hub']['log_scalars']['x'] = Attack()
    torch.save(checkpoint, tmp_path / 'bad.pth')
    runner = make_runner(tmp_path / 'run', resume=True, load_from=str(tmp_path / 'bad.pth'))
    with pytest.raises(pickle.UnpicklingError, match=r'holds (builtins\.)?exec\.'):
        runner.train()
    assert not sentinel.exists()
