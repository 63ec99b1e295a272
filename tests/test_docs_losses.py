"""Every config of docs/losses.md is built and used as it stands there."""

import re

import pytest
import torch
from labelled_data import Labelled
from mmengine.config import Config
from mmpretrain.registry import DATA_SAMPLERS, HOOKS, MODELS
from mmpretrain.structures import DataSample
from repo import REPO

import vlltr_mm  # noqa: F401
from vlltr_mm.structures import AnchorSet

PAGE = (REPO / 'docs' / 'losses.md').read_text()
BLOCKS = re.findall(r'```python\n(.*?)```', PAGE, flags=re.S)
KEYS = {'model', 'train_dataloader', 'custom_hooks', 'train_cfg'}


def title(block):
    """Return the type that a block is about."""
    return re.search(r"type='(\w+(?:Loss|Sampler))'", block).group(1)


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """The files that the page names, in the work folder."""
    (tmp_path / 'data/shapes_lt').mkdir(parents=True)
    lines = [f'{c}/{i}.jpg {c}\n' for c in range(60) for i in range(60 - c)]
    (tmp_path / 'data/shapes_lt/ImageNet_LT_train.txt').write_text(''.join(lines))
    AnchorSet(
        feats=torch.randn(60, 64, 128),
        mask=torch.ones(60, 64).bool(),
        losses=torch.zeros(60, 64),
        sentence_ids=torch.zeros(60, 64).long(),
        logit_scale=2.0,
        classes=[str(c) for c in range(60)],
    ).save(str(tmp_path / 'anchors.safetensors'))
    monkeypatch.chdir(tmp_path)


def use_model(cfg):
    model = MODELS.build(cfg)
    model.init_weights()
    samples = [DataSample().set_gt_label(c) for c in (0, 59)]
    losses = model.loss(torch.randn(2, 3, 64, 64), samples)
    sum(losses.values()).backward()
    assert all(value.isfinite() for value in losses.values())
    assert len(model.predict(torch.randn(1, 3, 64, 64))) == 1
    return model


def use_sampler(cfg):
    own = DATA_SAMPLERS.build(cfg.sampler, default_args=dict(dataset=Labelled(), seed=0))
    assert len(list(own)) == 100
    if 'batch_size' in cfg.sampler:
        assert cfg.sampler.batch_size == cfg.batch_size
    return own


@pytest.mark.parametrize('block', BLOCKS, ids=title)
def test_block_builds_and_works(block, folder):
    cfg = Config.fromstring(block, '.py')
    used = KEYS & set(cfg)
    assert used & {'model', 'train_dataloader'}
    if 'model' in cfg:
        model = use_model(cfg.model)
    if 'train_dataloader' in cfg:
        own = use_sampler(cfg.train_dataloader)
    if 'train_cfg' in cfg:
        assert own.max_epochs == cfg.train_cfg.max_epochs
    for hook in cfg.get('custom_hooks', []):
        HOOKS.build(hook)
        assert isinstance(model.head.loss_module.reweight, bool)


def test_the_table_the_sections_and_the_blocks_name_the_same():
    table = set(re.findall(r'^\| `(\w+)` \|', PAGE, flags=re.M))
    sections = set(
        re.findall(
            r'\w+(?:Loss|Head|Hook|Sampler)', ' '.join(re.findall(r'^## (.*)', PAGE, flags=re.M))
        )
    )
    assert table == sections
    types = set(re.findall(r"type='(\w+)'", ' '.join(BLOCKS)))
    assert table <= types


@pytest.mark.parametrize('block', BLOCKS, ids=title)
def test_blocks_are_short(block):
    assert len(block.splitlines()) <= 8
