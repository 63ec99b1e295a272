"""Offline selection has the settings of the config's hook."""

import runpy
import sys

import pytest
import torch
from mmengine.config import Config
from mmengine.registry import init_default_scope
from repo import REPO
from tiny_runs import write_tiny_runs

from vlltr_mm.apis import select_anchors
from vlltr_mm.structures import AnchorSet
from vlltr_mm.utils.model import build_model


@pytest.fixture(scope='module')
def stage(tmp_path_factory):
    """The config of a stage 1 with two hooks, and weights for it."""
    root = tmp_path_factory.mktemp('stage')
    cfg = Config.fromfile(write_tiny_runs(root)[0])
    rule = dict(type='RandomSelector', num_anchors=4, seed=5)
    cfg.custom_hooks = [
        dict(type='AnSSHook', selector=dict(type='CutOffSelector', num_anchors=1)),
        dict(
            type='AnSSHook',
            images='train_dataloader',
            selector=dict(type='AnSS', num_anchors=3),
            max_images_per_class=2,
            num_workers=0,
            seed=9,
        ),
        dict(type='AnSSHook', selector=rule),
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
        (
            ['--selector', 'CutOffSelector', '--images-from', 'test_dataloader'],
            ('CutOffSelector', 64, 2, 'test'),
        ),
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
    assert anchors.meta['image_set'].endswith(f'ImageNet_LT_{expected[3]}.txt')
