"""MMEngine's runner trains, resumes and tests under the strict loader."""
import pickle

import pytest
import torch
from mmengine.config import Config
from mmengine.evaluator import BaseMetric, Evaluator
from mmengine.model import BaseModel
from mmengine.runner import Runner
from torch import nn

from vlltr_mm.utils.safe_load import register_safe_loader


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


def make_runner(work_dir, epochs, **kwargs):
    torch.manual_seed(0)
    data = [(torch.tensor([float(i)]), torch.tensor([i % 3.]))
            for i in range(12)]
    loader = dict(
        batch_size=4, dataset=data, sampler=dict(
            type='DefaultSampler', shuffle=False),
        collate_fn=dict(type='default_collate'))
    return Runner(
        model=Line(),
        work_dir=str(work_dir),
        train_dataloader=loader,
        val_dataloader=loader,
        test_dataloader=loader,
        train_cfg=dict(by_epoch=True, max_epochs=epochs),
        val_cfg=dict(),
        test_cfg=dict(),
        val_evaluator=Evaluator(Mean()),
        test_evaluator=Evaluator(Mean()),
        optim_wrapper=dict(optimizer=dict(type='AdamW', lr=0.01)),
        param_scheduler=[
            dict(type='LinearLR', start_factor=0.1, end=2, by_epoch=True,
                 convert_to_iter_based=True),
            dict(type='CosineAnnealingLR', T_max=4)
        ],
        default_hooks=dict(
            logger=dict(type='LoggerHook', interval=1),
            checkpoint=dict(
                type='CheckpointHook', interval=1, save_best='mean',
                rule='greater')),
        cfg=Config(dict(a=1)),
        experiment_name=f'{work_dir.name}_{len(kwargs)}_{epochs}',
        default_scope='mmengine',
        log_level='WARNING',
        **kwargs)


@pytest.fixture(autouse=True)
def strict_loader():
    register_safe_loader()


@pytest.fixture(scope='module')
def run_of_two(tmp_path_factory):
    work_dir = tmp_path_factory.mktemp('run_of_two')
    make_runner(work_dir, epochs=2).train()
    return work_dir


def test_checkpoint_holds_what_torch_alone_refuses(run_of_two):
    with pytest.raises(pickle.UnpicklingError):
        torch.load(run_of_two / 'epoch_2.pth', weights_only=True)


def test_resumed_run_equals_an_unbroken_one(run_of_two, tmp_path):
    whole = make_runner(tmp_path / 'whole', epochs=4)
    whole.train()
    part = make_runner(tmp_path / 'part', epochs=4, resume=True,
                       load_from=str(run_of_two / 'epoch_2.pth'))
    part.train()
    assert (part.epoch, part.iter) == (4, 12)
    for key, value in whole.model.state_dict().items():
        assert torch.equal(value, part.model.state_dict()[key])
    for mine, other in zip(whole.param_schedulers, part.param_schedulers):
        assert mine.get_last_value() == other.get_last_value()
    scalars = [r.message_hub.get_scalar('train/loss').data[0]
               for r in (whole, part)]
    assert len(scalars[0]) == 12
    assert (scalars[0] == scalars[1]).all()


def test_checkpoint_tests(run_of_two, tmp_path):
    runner = make_runner(
        tmp_path / 'test', epochs=2, load_from=str(run_of_two / 'epoch_2.pth'))
    expected = torch.load(
        run_of_two / 'epoch_2.pth', weights_only=False)['state_dict']
    assert set(runner.test()) == {'mean'}
    assert torch.equal(runner.model.linear.weight, expected['linear.weight'])


def test_code_in_meta_config_does_not_run_on_resume(run_of_two, tmp_path):
    sentinel = tmp_path / 'sentinel'
    bad = tmp_path / 'bad.pth'
    checkpoint = torch.load(run_of_two / 'epoch_2.pth', weights_only=False)
    checkpoint['meta']['config'] = \
        f'import pathlib\npathlib.Path("{sentinel}").touch()\ngpu_ids = [0]\n'
    torch.save(checkpoint, bad)
    runner = make_runner(
        tmp_path / 'run', epochs=3, resume=True, load_from=str(bad))
    runner.train()
    assert runner.epoch == 3
    assert not sentinel.exists()
    Config.fromstring(checkpoint['meta']['config'], '.py')
    assert sentinel.exists()  # the attack is a real one


def test_hostile_pickle_stops_resume(run_of_two, tmp_path):
    sentinel = tmp_path / 'sentinel'

    class Attack:

        def __reduce__(self):
            return exec, (f'open({str(sentinel)!r}, "w")', )

    checkpoint = torch.load(run_of_two / 'epoch_2.pth', weights_only=False)
    checkpoint['message_hub']['log_scalars']['x'] = Attack()
    torch.save(checkpoint, tmp_path / 'bad.pth')
    runner = make_runner(
        tmp_path / 'run', epochs=3, resume=True,
        load_from=str(tmp_path / 'bad.pth'))
    with pytest.raises(pickle.UnpicklingError, match='builtins.exec'):
        runner.train()
    assert not sentinel.exists()
