"""The teacher's sentences are encoded once, and again only when they must."""

import json
import os
from pathlib import Path

import pytest
import torch
from mmengine.config import Config
from mmengine.runner import Runner
from tiny_runs import write_tiny_runs

BANK = 'teacher_text_bank.safetensors'


def run(stage1, work_dir, epochs=1, resume=False, hook=True, **model):
    cfg = Config.fromfile(stage1)
    cfg.work_dir, cfg.resume = str(work_dir), resume
    cfg.train_cfg.max_epochs = epochs
    cfg.model.update(model)
    bank, anss = cfg.custom_hooks[0].copy(), cfg.custom_hooks[1]
    bank.update(type='TeacherTextBankHook')
    cfg.custom_hooks = [anss, bank] if hook else [anss]
    cfg.val_cfg = cfg.val_dataloader = cfg.val_evaluator = None
    runner = Runner.from_cfg(cfg)
    runner.train()
    return runner


def losses(work_dir):
    log = sorted(Path(work_dir).glob('*/vis_data/scalars.json'))[-1]
    rows = [json.loads(line) for line in log.read_text().splitlines()]
    return [(r['loss_ccl'], r['loss_distill']) for r in rows if 'loss' in r]


@pytest.mark.slow
def test_training_is_the_same_and_the_bank_is_kept(tmp_path):
    stage1, _ = write_tiny_runs(tmp_path)
    plain, banked = tmp_path / 'plain', tmp_path / 'banked'
    run(stage1, plain, hook=False)
    runner = run(stage1, banked)
    assert len(losses(banked)) == 5
    # Only the rounding of a batch of another size and width differs.
    assert torch.tensor(losses(banked)).flatten().tolist() == pytest.approx(
        torch.tensor(losses(plain)).flatten().tolist(), rel=1e-4
    )
    assert runner.model._teacher_text_bank.shape == (20, 16)
    made = os.stat(banked / BANK).st_mtime_ns
    run(stage1, banked, epochs=2, resume=True)
    assert os.stat(banked / BANK).st_mtime_ns == made
    # Another start is another teacher, other text another corpus.
    (tmp_path / 'data/wiki/desc_0.txt').write_text('It is round. It is red.')
    runner = run(stage1, banked)
    assert os.stat(banked / BANK).st_mtime_ns != made
    assert runner.model._teacher_text_bank.shape == (17, 16)


@pytest.mark.slow
def test_a_model_without_a_teacher_is_refused(tmp_path):
    stage1, _ = write_tiny_runs(tmp_path)
    with pytest.raises(ValueError, match='needs a model with a teacher'):
        run(stage1, tmp_path / 'w', teacher=False)
