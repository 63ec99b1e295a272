"""MMEngine's runner trains, resumes and tests under the strict loader."""

import pickle
from pathlib import Path

import numpy as np
import pytest
import torch
from line_runs import Mean, make_runner
from mmengine.config import Config

from vlltr_mm.utils.checkpoint_schemes import register_safe_loaders


@pytest.fixture(autouse=True)
def strict_loader():
    register_safe_loaders()


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


@pytest.mark.parametrize('fetched', [False, True])
def test_hostile_pickle_stops_resume(epoch_2, tmp_path, monkeypatch, fetched):
    sentinel = tmp_path / 'sentinel'

    class Attack:
        def __reduce__(self):
            return exec, (f'open({str(sentinel)!r}, "w")',)

    checkpoint = torch.load(epoch_2, weights_only=False)
    checkpoint['message_hub']['log_scalars']['x'] = Attack()
    monkeypatch.setattr(torch.hub, 'get_dir', lambda: str(tmp_path))
    path = tmp_path / 'checkpoints' / 'bad.pth'  # where an earlier run has fetched it to
    path.parent.mkdir()
    torch.save(checkpoint, path)
    source = 'https://no.where/bad.pth' if fetched else str(path)
    runner = make_runner(tmp_path / 'run', resume=True, load_from=source)
    with pytest.raises(pickle.UnpicklingError, match=r'holds (builtins\.)?exec\.'):
        runner.train()
    assert not sentinel.exists()


class NumPyMean(Mean):
    def compute_metrics(self, results):
        return dict(mean=np.mean(results, dtype=np.float32))


def test_a_best_score_of_numpy_is_resumed_and_tested(tmp_path):
    make_runner(tmp_path, NumPyMean).train()
    last = str(tmp_path / 'epoch_4.pth')
    best = str(next(tmp_path.glob('best_*.pth')))
    make_runner(tmp_path, NumPyMean, resume=True).train()
    for path in (last, best):
        assert set(make_runner(tmp_path / 'test', load_from=path).test()) == {'mean'}
