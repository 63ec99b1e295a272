"""Every config of the pages on systems without text is built and used as it stands there."""

import re

import pytest
import torch
from mmengine.config import Config
from mmpretrain.registry import HOOKS, MODELS
from mmpretrain.structures import DataSample
from repo import REPO

import vlltr_mm  # noqa: F401

PAGES = [
    (REPO / 'docs' / f'{name}.md').read_text(encoding='utf-8')
    for name in ('methods', 'methods_oltr')
]
BLOCKS = [
    found
    for page in PAGES
    for found in re.findall(r'^## (.*?)\n.*?```python\n(.*?)```', page, flags=re.S | re.M)
]


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """The lists and checkpoints that the page names, in the work folder."""
    (tmp_path / 'data/shapes_lt').mkdir(parents=True)
    lines = [f'{c}/{i}.jpg {c}\n' for c in range(60) for i in range(60 - c)]
    (tmp_path / 'data/shapes_lt/ImageNet_LT_train.txt').write_text(''.join(lines))
    monkeypatch.chdir(tmp_path)


def write_checkpoints(model):
    """Write what a model starts from."""
    if 'teacher' in model:
        torch.save(dict(state_dict=MODELS.build(model.teacher).state_dict()), 'teacher.pth')
    if model.get('pretrained'):
        state = {
            key: value
            for key, value in MODELS.build(model).state_dict().items()
            if 'fc' not in key or 'head.fcs' in key
        }
        state.pop('head.loss_module.pos_weight')
        torch.save(dict(state_dict=state), model.pretrained)


@pytest.mark.parametrize(('title', 'block'), BLOCKS, ids=[title for title, _ in BLOCKS])
def test_block_builds_and_works(title, block, folder):
    cfg = Config.fromstring(block, '.py')
    for hook in cfg.get('custom_hooks', []):
        HOOKS.build(hook)
    if 'model' not in cfg:
        return
    write_checkpoints(cfg.model)
    model = MODELS.build(cfg.model)
    model.init_weights()
    samples = [DataSample().set_gt_label(c) for c in (0, 59)]
    side = 32 * cfg.model.neck.get('map_size', 2)
    losses = model.loss(torch.randn(2, 3, side, side), samples)
    sum(value for name, value in losses.items() if 'loss' in name).backward()
    assert all(value.isfinite() for value in losses.values())
    assert len(model.eval().predict(torch.randn(2, 3, side, side))) == 2
    assert len(block.splitlines()) <= 6


def test_each_section_has_a_block():
    sections = [title for page in PAGES for title in re.findall(r'^## (.*)', page, flags=re.M)]
    sections.remove('What they cost')
    assert [title for title, _ in BLOCKS] == sections
