"""Every config parses, builds, is short, and stands in the table."""

import functools
import inspect
import re
import statistics
from pathlib import Path

import pytest
import torch
from mmengine.config import Config
from mmengine.registry import init_default_scope
from mmpretrain.registry import (
    DATA_SAMPLERS,
    DATASETS,
    HOOKS,
    METRICS,
    MODELS,
    TASK_UTILS,
    TRANSFORMS,
)
from repo import REPO

from vlltr_mm.apis.running import find_config, stage_outputs
from vlltr_mm.apis.running.config import stage_before, stage_inputs
from vlltr_mm.utils.model import build_model

ROOT = REPO / 'configs'
CONFIGS = sorted(path for path in ROOT.rglob('*.py') if '_base_' not in path.parts)
each_config = pytest.mark.parametrize('path', CONFIGS, ids=lambda p: p.stem)
# Types of ours that no config and no snippet names, and who uses them.
USED_OTHERWISE = dict(
    PredictionCSV='a comparison adds it to the test evaluator',
    RandomSelector='tools/select_anchors.py --selector RandomSelector',
    TextCorpus='every corpus=dict(...) is one',
)
# Weights that are no stage's of the config that reads them.
STARTING_POINTS = {
    'work_dirs/clip_tiny_shapes/epoch_12.pth',
    'work_dirs/stand_in_clip.safetensors',  # of make_stand_in_clip.py
}


@functools.cache
def load(path):
    """Read a config once for the tests that leave it as it is."""
    return Config.fromfile(path)


@pytest.fixture
def unfilled(monkeypatch):
    """Build models without the time to draw their numbers."""
    for name in ('normal_', 'uniform_', 'erfinv_'):
        monkeypatch.setattr(torch.Tensor, name, lambda self, *args, **kwargs: self)


@pytest.mark.slow  # all together
@each_config
def test_config_builds(path, unfilled):
    cfg = Config.fromfile(path)
    init_default_scope(cfg.default_scope)
    build_model(cfg)
    for hook in cfg.get('custom_hooks', []):
        HOOKS.build(hook)
    for evaluator in (cfg.val_evaluator, cfg.test_evaluator):
        METRICS.build(evaluator)
    parts = cfg.train_dataloader, cfg.train_cfg, cfg.optim_wrapper
    assert all(parts) or parts == (None, None, None)
    # What a run writes down is the same config.
    assert Config.fromstring(cfg.pretty_text, '.py').to_dict() == cfg.to_dict()


@each_config
def test_config_says_how_to_launch(path):
    text = path.read_text(encoding='utf-8')
    name = f'configs/{path.relative_to(ROOT)}'
    tool = 'test' if load(path).train_cfg is None else 'train'
    header = text.replace('\\\n#    ', '')  # a command on two lines
    assert (
        f'Launch: python tools/{tool}.py {name}' in header
        or f'Launch: tools/dist_{tool}.sh {name} 8' in header
        or f"Launch: tools/dist_{tool}.sh {name} '' 8" in header
    )
    assert load(path).work_dir == f'work_dirs/{path.stem}'
    assert find_config(path.stem) == str(path)


def test_configs_are_short():
    lines = [
        [line for line in path.read_text(encoding='utf-8').splitlines() if line.strip()]
        for path in CONFIGS
    ]
    lines = [sum(not line.startswith('#') for line in text) for text in lines]
    assert statistics.median(lines) <= 13
    assert max(lines) <= 25


@pytest.mark.slow  # all together
@each_config
def test_the_stage_before_writes_what_is_read(path):
    cfg = load(path)
    read = set(stage_inputs(cfg).values())
    if cfg.get('pretrain_config'):
        before = load(Path(stage_before(cfg)).resolve())
        assert before.work_dir == cfg.pretrain_work_dir
        assert read and read <= set(stage_outputs(before))
    outside = set(re.findall(r"'(work_dirs/[^']*\.\w+)'", cfg.pretty_text)) - read
    assert outside <= STARTING_POINTS


@pytest.mark.parametrize('stage', ['imagenet_lt', 'places_lt', 'inat18'])
def test_text_changes_only_the_training_set(stage):
    """Both stages read the same lists and images, tested alike."""
    one, two = (Config.fromfile(ROOT / f'{name}_r50_{stage}.py') for name in ('cvlp', 'vlltr'))
    assert one.val_dataloader == two.val_dataloader and one.test_dataloader == two.test_dataloader
    text = dict(one.train_dataloader.dataset)
    assert text.pop('type') == 'TextCorpusDataset' and text.pop('corpus') == one.corpus
    assert dict(text, type=text.pop('dataset')) == two.train_dataloader.dataset


def test_the_table_lists_every_config():
    table = (ROOT / 'README.md').read_text(encoding='utf-8')
    listed = re.findall(r'^\|.*\| `([\w./-]+\.py)` \|', table, re.M)
    assert sorted(listed) == sorted(str(path.relative_to(ROOT)) for path in CONFIGS)


def registered():
    """Name the types that this package registers, and where."""
    for registry in (DATA_SAMPLERS, DATASETS, HOOKS, METRICS, MODELS, TASK_UTILS, TRANSFORMS):
        for name, kind in registry.module_dict.items():
            if inspect.getmodule(kind).__name__.startswith('vlltr_mm.'):
                yield name


def test_every_registered_type_is_used():
    texts = [path.read_text(encoding='utf-8') for path in ROOT.rglob('*.py')]
    for page in (REPO / 'README.md', *sorted((REPO / 'docs').glob('*.md'))):
        texts += re.findall(r'```python\n(.*?)```', page.read_text(encoding='utf-8'), re.S)
    used = set(re.findall(r"type='(\w+)'|dataset='(\w+)'", '\n'.join(texts)))
    used = {name for names in used for name in names}
    ours = set(registered())
    assert len(ours) > 30
    assert sorted(ours - used) == sorted(USED_OTHERWISE)
