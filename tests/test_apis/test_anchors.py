"""Offline selection has the settings of the config's hook."""

import runpy
import sys

import pytest
import torch
from mmengine.config import Config
from mmengine.registry import init_default_scope
from mmpretrain.registry import HOOKS, TASK_UTILS
from repo import REPO
from tiny_runs import CONFIGS, write_tiny_runs

from vlltr_mm.apis import select_anchors
from vlltr_mm.apis.anchors import selection_hook
from vlltr_mm.engine import AnSSHook
from vlltr_mm.structures import AnchorSet
from vlltr_mm.utils.model import build_model


@pytest.fixture(scope='module')
def stage(tmp_path_factory):
    """The config of a stage 1 with two hooks, and weights for it."""
    root = tmp_path_factory.mktemp('stage')
    cfg = Config.fromfile(write_tiny_runs(root)[0])
    rule = dict(type='RandomSelector', num_anchors=4, seed=5)
    cfg.custom_hooks = [
        dict(
            type='AnSSHook',
            selector=dict(type='CutOffSelector', num_anchors=1),
            out_file='cut-off.safetensors',
        ),
        dict(
            type='AnSSHook',
            images='train_dataloader',
            selector=dict(type='AnSS', num_anchors=3),
            max_images_per_class=2,
            num_workers=0,
            seed=9,
        ),
        dict(type='AnSSHook', selector=rule, out_file='random.safetensors'),
    ]
    init_default_scope('mmpretrain')
    torch.manual_seed(0)
    weights = str(root / 'weights.pth')
    torch.save(build_model(cfg).state_dict(), weights)
    path = str(root / 'two_hooks.py')
    cfg.dump(path)
    return root, path, weights


def test_what_is_not_given_is_as_in_the_hook(stage):
    _, path, weights = stage
    anchors = select_anchors(Config.fromfile(path), weights, device='cpu')
    assert anchors.feats.shape == (4, 3, 16)
    assert {k: anchors.meta[k] for k in ('selector', 'max_images_per_class', 'seed')} == dict(
        selector='AnSS', max_images_per_class=2, seed=9
    )
    assert anchors.meta['image_set'].endswith('ImageNet_LT_train.txt')
    assert anchors.meta['checkpoint'] == weights


def test_given_settings_go_before_the_hooks(stage):
    _, path, weights = stage
    cfg = Config.fromfile(path)
    anchors = select_anchors(
        cfg, weights, selector=dict(num_anchors=2), images='val_dataloader', device='cpu'
    )
    assert anchors.feats.shape == (4, 2, 16) and anchors.meta['selector'] == 'AnSS'
    assert anchors.meta['image_set'].endswith('ImageNet_LT_val.txt')
    anchors = select_anchors(cfg, weights, max_images_per_class=None, device='cpu')
    assert anchors.meta['max_images_per_class'] is None
    assert cfg._cfg_dict == Config.fromfile(path)._cfg_dict


def test_a_rule_without_images(stage):
    _, path, weights = stage
    cfg = Config.fromfile(path)
    del cfg.custom_hooks[1:]
    anchors = select_anchors(cfg, weights, device='cpu')
    assert anchors.sentence_ids.tolist() == [[0], [5], [10], [15]]
    assert anchors.meta['image_set'] is None
    cfg.custom_hooks = []
    with pytest.raises(ValueError, match='has no AnSSHook'):
        select_anchors(cfg, weights)


@pytest.mark.parametrize(
    'arguments, expected',
    [
        ([], ('AnSS', 3, 2, 'train')),
        (['--num-anchors', '2', '--max-images-per-class', '0'], ('AnSS', 2, None, 'train')),
        (['--images-from', 'test_dataloader'], ('AnSS', 3, 2, 'test')),
        (['--selector', 'CutOffSelector'], ('CutOffSelector', 3, 2, None)),
    ],
)
def test_the_tool(stage, monkeypatch, arguments, expected):
    root, path, weights = stage
    out = str(root / 'out.safetensors')
    tool = str(REPO / 'tools/select_anchors.py')
    monkeypatch.setattr(sys, 'argv', [tool, path, weights, out, '--device', 'cpu', *arguments])
    runpy.run_path(tool, run_name='__main__')
    anchors = AnchorSet.load(out)
    found = anchors.meta['selector'], anchors.feats.shape[1], anchors.meta['max_images_per_class']
    assert found == expected[:3]
    images = anchors.meta['image_set']
    assert images is None if expected[3] is None else f'LT_{expected[3]}.txt' in images


def test_settings_come_from_the_hook_that_wrote_the_file(stage):
    root, path, weights = stage
    cfg = Config.fromfile(path)
    cfg.custom_hooks[0].type = AnSSHook  # as configs in pure Python have it
    cfg.custom_hooks[2].type = 'mmpretrain.AnSSHook'
    cut_off = select_anchors(cfg, weights, str(root / 'cut-off.safetensors'), 'cpu')
    assert cut_off.sentence_ids.tolist() == [[0], [5], [10], [15]]
    assert cut_off.meta['image_set'] is None
    for name, seed in (('random', 0), ('anchors', 9), ('another', 9)):
        hook = selection_hook(cfg, f'elsewhere/{name}.safetensors')
        assert hook.get('seed', 0) == seed
    assert selection_hook(cfg, selector=dict(num_anchors=2))['selector'] == dict(
        type='AnSS', num_anchors=2
    )
    rule = selection_hook(cfg, 'random.safetensors', selector=dict(type='CutOffSelector'))
    assert rule['selector'] == dict(type='CutOffSelector', num_anchors=4)


def test_mistakes_are_named_before_the_corpus_is_opened(stage, monkeypatch):
    root, path, weights = stage
    cfg = Config.fromfile(path)
    monkeypatch.setattr(AnSSHook, 'prepare', None)
    with pytest.raises(ValueError, match="out_file is 'a.json'; give .* ends in .safetensors"):
        select_anchors(cfg, weights, 'a.json')
    with pytest.raises(FileNotFoundError, match='none.pth'):
        select_anchors(cfg, str(root / 'none.pth'), device='cpu')
    for given in (dict(images='val_dataloader'), dict(max_images_per_class=None)):
        with pytest.raises(ValueError, match=f'{next(iter(given))} is given, but RandomSelector'):
            select_anchors(cfg, weights, 'random.safetensors', **given)
    with pytest.raises(ValueError, match='max_images_per_class of AnSSHook is 0'):
        select_anchors(cfg, weights, max_images_per_class=0)
    with pytest.raises(ValueError, match='num_anchors of the selector is -1'):
        selection_hook(cfg, selector=dict(num_anchors=-1), images='train_dataloader')


STAGE1 = [p for p in sorted(CONFIGS.rglob('cvlp*.py')) if '_base_' not in p.parts]


@pytest.mark.parametrize('path', STAGE1, ids=lambda path: path.stem)
def test_every_config_gives_back_its_hooks(path):
    cfg = Config.fromfile(str(path))
    hooks = [hook for hook in cfg.custom_hooks if hook.type == 'AnSSHook']
    assert hooks
    for hook in hooks:
        found = selection_hook(cfg, f'x/{hook.get("out_file", "anchors.safetensors")}')
        assert found == hook and found is not hook
        built = HOOKS.build(found)
        needed = TASK_UTILS.build(built.selector).needs_images
        assert needed == (built.images is not None)
