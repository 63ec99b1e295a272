"""The offline sweep and its tool agree with the hook."""

import csv
import io
import subprocess
import sys

import pytest
from mmengine.config import ConfigDict
from repo import REPO
from rich.console import Console
from tiny_heads import head_config, head_runner, image_config, write_linear

from vlltr_mm.apis.tau_sweep import DEFAULT_TAUS, print_tau_sweep, run_tau_sweep

LINEAR = dict(type='LinearClsHead', num_classes=4, in_channels=16)
TAU_NORM = dict(type='TauNormClsHead', num_classes=4, in_channels=16)


def test_it_equals_the_hook_with_either_head(tmp_path):
    weights = write_linear(tmp_path)
    hook = ConfigDict(
        type='TauSweepHook',
        images=image_config(tmp_path, 'val'),
        taus=(0.0, 0.5, 1.0),
        num_workers=0,
    )
    head_runner(tmp_path, TAU_NORM, [hook], weights).test()
    with open(tmp_path / 'work/tau_sweep.csv') as file:
        wanted = [{k: float(v) for k, v in row.items()} for row in csv.DictReader(file)]
    for head, hooks, taus in ((TAU_NORM, [hook], None), (LINEAR, [], hook.taus)):
        rows = run_tau_sweep(head_config(tmp_path, head, hooks), weights, taus)
        for row, other in zip(rows, wanted):
            assert row == pytest.approx(other, nan_ok=True)
        assert len(rows) == 3


def test_the_best_row_is_named():
    rows = [dict(tau=t, top1=50 + t, many=1.0, medium=2.0, few=3.0) for t in (0.0, 0.5)]
    text = io.StringIO()
    print_tau_sweep(rows, Console(file=text, width=80))
    assert 'Best τ: 0.5' in text.getvalue() and '50.50' in text.getvalue()


@pytest.mark.slow
def test_the_tool_prints_writes_and_draws(tmp_path):
    weights = write_linear(tmp_path)
    config = tmp_path / 'linear.py'
    head_config(tmp_path, LINEAR).dump(str(config))
    tool = REPO / 'tools/analysis_tools/sweep_tau.py'
    result = subprocess.run(
        [
            sys.executable,
            tool,
            config,
            weights,
            '--plot',
            'a/tau.png',
            '--out',
            'a/tau.csv',
            '--device',
            'cpu',
        ],
        cwd=tmp_path,
        env=None,
        capture_output=True,
        text=True,
    )
    assert result.returncode == 0, result.stderr
    assert 'Best τ' in result.stdout
    lines = (tmp_path / 'a/tau.csv').read_text().splitlines()
    assert len(lines) == 1 + len(DEFAULT_TAUS) == 22
    assert (tmp_path / 'a/tau.png').stat().st_size > 1000


def test_errors(tmp_path):
    weights = write_linear(tmp_path)
    cfg = head_config(tmp_path, LINEAR)
    cfg.val_dataloader.dataset.split = 'test'
    with pytest.raises(ValueError, match='must not be chosen on test images'):
        run_tau_sweep(cfg, weights)
    head = dict(type='PrototypeClsHead', num_classes=4, embed_dims=16)
    with pytest.raises(ValueError, match='model.head is PrototypeClsHead; a '):
        run_tau_sweep(head_config(tmp_path, head), weights)
    cfg = head_config(tmp_path, dict(LINEAR, num_classes=5))
    with pytest.raises(RuntimeError, match='head.fc.weight'):
        run_tau_sweep(cfg, weights)
    cfg = head_config(tmp_path, LINEAR)
    cfg.test_evaluator = [ConfigDict(type='Accuracy')]
    with pytest.raises(ValueError, match='ClassSplitAccuracy'):
        run_tau_sweep(cfg, weights)
