"""Every config parses and builds."""

from pathlib import Path

import pytest
from mmengine.config import Config
from mmengine.registry import init_default_scope
from mmpretrain.registry import HOOKS, METRICS, MODELS
from repo import REPO

ROOT = REPO / 'configs'
CONFIGS = sorted(path for path in ROOT.rglob('*.py') if '_base_' not in path.parts)


@pytest.mark.parametrize('path', CONFIGS, ids=lambda p: p.stem)
def test_config_builds(path):
    cfg = Config.fromfile(path)
    init_default_scope(cfg.default_scope)
    model = cfg.model.copy()
    model.setdefault('data_preprocessor', cfg.data_preprocessor)
    MODELS.build(model)
    for hook in cfg.get('custom_hooks', []):
        HOOKS.build(hook)
    for evaluator in (cfg.val_evaluator, cfg.test_evaluator):
        METRICS.build(evaluator)
    parts = cfg.train_dataloader, cfg.train_cfg, cfg.optim_wrapper
    assert all(parts) or parts == (None, None, None)


@pytest.mark.parametrize('path', CONFIGS, ids=lambda p: p.stem)
def test_config_says_how_to_launch_and_stays_short(path):
    text = path.read_text(encoding='utf-8')
    name = f'configs/{path.relative_to(ROOT)}'
    tool = 'test' if Config.fromfile(path).train_cfg is None else 'train'
    header = text.replace('\\\n#    ', '')  # a command on two lines
    assert (
        f'Launch: python tools/{tool}.py {name}' in header
        or f'Launch: tools/dist_{tool}.sh {name} 8' in header
        or f"Launch: tools/dist_{tool}.sh {name} '' 8" in header
    )
    lines = [line for line in text.splitlines() if line.strip() and not line.startswith('#')]
    assert len(lines) <= 25


@pytest.mark.parametrize('path', CONFIGS, ids=lambda p: p.stem)
def test_the_stage_before_writes_what_is_read(path):
    cfg = Config.fromfile(path)
    if not cfg.get('pretrain_config'):
        return
    before = Config.fromfile(path.parent / cfg.pretrain_config)
    assert before.work_dir == cfg.pretrain_work_dir
    files = {f'epoch_{before.train_cfg.max_epochs}.pth'}
    files |= {
        hook.get('out_file', 'anchors.safetensors')
        for hook in before.get('custom_hooks', [])
        if hook.type == 'AnSSHook'
    }
    from vlltr_mm.apis.running.stages import pretrain_outputs

    assert pretrain_outputs(cfg)
    for file in pretrain_outputs(cfg):
        assert Path(file).name in files
