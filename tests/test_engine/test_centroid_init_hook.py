"""The centroids start from the class means, once."""

import pytest
import torch
from branch_runs import branch_config
from mmengine.runner import Runner
from mmpretrain.registry import DATASETS
from tiny_heads import embed, image_config

from vlltr_mm.engine import CentroidInitHook


def runner_of(root, **head):
    """Return a runner of a small network with OLTR's head."""
    head = dict(dict(type='MetaEmbeddingClsHead', num_classes=4, in_channels=8), **head)
    backbone = dict(type='CIFARResNet', depth=8, channels=(2, 4, 8))
    neck = dict(type='GlobalAveragePooling')
    model = dict(type='ImageClassifier', backbone=backbone, neck=neck, head=head)
    return Runner.from_cfg(branch_config(root, model))


def hook_of(root, **kwargs):
    return CentroidInitHook(image_config(root, 'train'), num_workers=0, batch_size=8, **kwargs)


def test_class_means_in_eval_mode(tmp_path):
    runner = runner_of(tmp_path)
    model = runner.model.train()
    hook_of(tmp_path).before_train(runner)
    assert model.training and model.backbone.training
    found = model.head.centroids.detach().clone()
    feats, labels = embed(model, DATASETS.build(image_config(tmp_path, 'train')))
    for c in range(4):
        torch.testing.assert_close(found[c], feats[labels == c].mean(dim=0))
    hook_of(tmp_path, max_images_per_class=1).before_train(runner)
    assert not torch.equal(model.head.centroids, found)
    assert all((feats - m).norm(dim=1).min() < 1e-5 for m in model.head.centroids.detach())


def test_a_checkpoint_keeps_its_own(tmp_path):
    runner, hook = runner_of(tmp_path), hook_of(tmp_path)
    started = runner.model.head.centroids.detach().clone()
    for key in ('head.centroids', 'module.head.centroids'):
        hook.after_load_checkpoint(runner, dict(state_dict={key: started}))
        hook.before_train(runner)
        assert torch.equal(runner.model.head.centroids, started)
    # The first stage has none.
    hook.after_load_checkpoint(runner, dict(state_dict={'head.fc.weight': started}))
    hook.before_train(runner)
    assert not torch.equal(runner.model.head.centroids, started)


def test_errors(tmp_path):
    with pytest.raises(ValueError, match='max_images_per_class of CentroidInitHook is 0'):
        hook_of(tmp_path, max_images_per_class=0)
    runner = runner_of(tmp_path, type='LinearClsHead')
    with pytest.raises(ValueError, match='model.head is LinearClsHead; change it or remove'):
        hook_of(tmp_path).before_train(runner)
