"""A head trained on stored embeddings is the head trained on images."""

import json
import os
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from forked import run_tool
from mmengine.config import Config, ConfigDict
from mmengine.runner import load_checkpoint
from mmpretrain.registry import DATASETS, MODELS
from repo import REPO
from tiny_runs import write_tiny_runs

from vlltr_mm.apis import RunOptions, load_config, train, use_feature_cache
from vlltr_mm.apis.running import stages
from vlltr_mm.apis.running.feature_cache import _digest, _is_frozen
from vlltr_mm.engine.class_records import record_of_dataset
from vlltr_mm.structures import FeatureBank

FEATURES = 'train_features.safetensors'
STILL = {  # no augmentation: one view is all views
    'train_dataloader.dataset.pipeline': [dict(type='LoadImageFromFile'), dict(type='PackInputs')]
}


pytestmark = pytest.mark.slow  # all of them need a trained stage


@pytest.fixture(scope='module')
def trained(tmp_path_factory):
    """Both stages on images, without augmentation in the second."""
    root = tmp_path_factory.mktemp('run')
    _, stage2 = write_tiny_runs(root)
    train(stage2, RunOptions(cfg_options=STILL))
    return root, stage2


def losses(work_dir):
    log = sorted(Path(work_dir).glob('*/vis_data/scalars.json'))[-1]
    rows = [json.loads(line) for line in log.read_text().splitlines()]
    return [[r['loss_visual'], r['loss_language']] for r in rows if 'loss' in r]


def cached(stage2, work_dir, views=1, **changes):
    options = RunOptions(
        work_dir=str(work_dir), cfg_options={**STILL, **changes}, feature_cache=views
    )
    return train(stage2, options)


def test_the_losses_are_those_of_images(trained, tmp_path):
    root, stage2 = trained
    cached(stage2, tmp_path)
    on_images = torch.tensor(losses(root / 'runs/stage2'))
    assert len(on_images) == 10
    # Convolutions of another batch size round otherwise.
    torch.testing.assert_close(torch.tensor(losses(tmp_path)), on_images, rtol=1e-3, atol=1e-5)
    one, other = (
        torch.load(folder / 'epoch_2.pth', weights_only=False)
        for folder in (root / 'runs/stage2', tmp_path)
    )
    assert one['state_dict'].keys() == other['state_dict'].keys()
    assert stages.test(stage2, str(tmp_path / 'epoch_2.pth')).keys()


def test_features_are_kept_until_something_changes(trained, tmp_path):
    _, stage2 = trained
    cached(stage2, tmp_path)
    made = os.stat(tmp_path / FEATURES).st_mtime_ns
    cached(stage2, tmp_path)
    assert os.stat(tmp_path / FEATURES).st_mtime_ns == made
    cached(stage2, tmp_path, **{'randomness.seed': 5})
    changed = os.stat(tmp_path / FEATURES).st_mtime_ns
    assert changed != made
    cached(stage2, tmp_path, **{'data_preprocessor.mean': [1.0, 2.0, 3.0], 'randomness.seed': 5})
    assert os.stat(tmp_path / FEATURES).st_mtime_ns != changed


def test_the_key_holds_all_that_shapes_a_feature(trained):
    _, stage2 = trained
    cfg = load_config(stage2)
    cfg.model.data_preprocessor = dict(cfg.data_preprocessor)
    wrapped = dict(type='RepeatDataset', times=1, dataset=cfg.train_dataloader.dataset)
    cfg.train_dataloader.dataset = wrapped
    dataset = DATASETS.build(wrapped)
    record = record_of_dataset(dataset)
    keys = {_digest(cfg, dataset, record)}
    assert {_digest(cfg.copy(), dataset, record)} == keys
    for key, value in (
        ('train_dataloader.dataset.dataset.pipeline.0.imdecode_backend', 'pillow'),
        ('model.data_preprocessor.mean', [0, 0, 0]),
        ('data_preprocessor.to_rgb', False),
        ('model.backbone.image_size', 64),
        ('randomness.seed', 5),
    ):
        changed = cfg.copy()
        changed.merge_from_dict({key: value})
        keys.add(_digest(changed, dataset, record))
    keys.add(_digest(cfg, dataset, replace(record, classes=record.classes[::-1])))
    assert len(keys) == 7
    head = cfg.copy()
    head.merge_from_dict({'model.head.visual_weight': 0.2})
    assert _digest(head, dataset, record) in keys


def test_views_differ_by_augmentation(trained, tmp_path):
    _, stage2 = trained
    train(stage2, RunOptions(work_dir=str(tmp_path), feature_cache=3))
    bank = FeatureBank.load(str(tmp_path / FEATURES))
    assert len(bank) == 3 * 45 and bank.meta['views'] == 3
    views = bank.feats.view(3, 45, -1)
    assert not torch.allclose(views[0], views[1])
    # Views of an image are nearer to each other than to other images.
    within = (views[0] - views[1]).norm(dim=1).mean()
    across = (views[0] - views[0].roll(20, dims=0)).norm(dim=1).mean()
    assert within < across


def test_a_config_may_ask_for_it(trained, tmp_path):
    _, stage2 = trained
    own = tmp_path / 'own.py'
    own.write_text(f"_base_ = '{stage2}'\nfeature_cache = 2\n")
    train(str(own), RunOptions(work_dir=str(tmp_path / 'by_key')))
    train(stage2, RunOptions(work_dir=str(tmp_path / 'by_option'), feature_cache=2))
    banks = [FeatureBank.load(str(tmp_path / by / FEATURES)) for by in ('by_key', 'by_option')]
    assert len(banks[0]) == 90
    assert torch.equal(banks[0].feats, banks[1].feats)


def test_the_config_is_not_changed(trained, tmp_path):
    _, stage2 = trained
    cfg = load_config(stage2, RunOptions(work_dir=str(tmp_path)))
    before = cfg.pretty_text
    changed = use_feature_cache(cfg)
    assert cfg.pretty_text == before
    assert changed.model.type == 'FeatureCachedClassifier'
    assert changed.train_dataloader.dataset.type == 'FeatureDataset'
    assert changed.val_dataloader == cfg.val_dataloader


@pytest.mark.parametrize(
    'change, message',
    [
        ({'model.backbone.frozen': False}, 'trains its backbone'),
        (
            {'model.train_cfg': dict(augments=dict(type='Mixup', alpha=1.0))},
            'mixes images.*model.train_cfg=None',
        ),
    ],
)
def test_what_cannot_be_stored(trained, tmp_path, change, message):
    _, stage2 = trained
    cfg = load_config(stage2, RunOptions(work_dir=str(tmp_path), cfg_options=change))
    with pytest.raises(ValueError, match=message):
        use_feature_cache(cfg)


@pytest.mark.parametrize(
    'backbone, frozen',
    [
        (dict(frozen=True), True),
        (dict(frozen_stages=4), True),
        (dict(frozen_stages=3), False),
        (dict(frozen_stages=3, num_stages=3), True),
        (dict(), False),
    ],
)
def test_what_is_frozen(backbone, frozen):
    """Ours by ``frozen``, MMPretrain's ResNets where all stages are."""
    assert _is_frozen(ConfigDict(type='ResNet', depth=18, **backbone)) == frozen


def test_no_view(trained):
    with pytest.raises(ValueError, match='views is 0'):
        use_feature_cache(Config.fromfile(trained[1]), views=0)


def test_on_the_command_line(trained, tmp_path):
    root, stage2 = trained
    done = run_tool(
        'tools/train.py', stage2, '--work-dir', tmp_path, '--feature-cache', 2, cwd=REPO
    )
    assert done.returncode == 0, done.stderr
    assert len(FeatureBank.load(str(tmp_path / FEATURES))) == 90
    cfg = Config.fromfile(stage2)
    model = MODELS.build(dict(cfg.model, data_preprocessor=cfg.data_preprocessor))
    load_checkpoint(model, str(tmp_path / 'epoch_2.pth'), strict=True)
