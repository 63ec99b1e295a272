"""Transforms of a training set learn the epoch, wherever they are."""

from types import SimpleNamespace

import pytest
from cosine_runs import cosine_config, text_hook
from mmengine.runner import Runner
from mmpretrain.registry import DATASETS
from tiny_heads import image_config

from vlltr_mm.apis.running.building import build_runner
from vlltr_mm.engine import TransformEpochHook
from vlltr_mm.engine.hooks.transform_epoch_hook import set_transform_epoch

SQUARES = [
    dict(type='LoadImageFromFile'),
    dict(type='ShrinkingSquareCrop', scale=48),
    dict(type='PackInputs'),
]


def squares_config(root, **loader):
    cfg = cosine_config(root, [text_hook(root)])
    cfg.train_dataloader.dataset.pipeline = SQUARES
    cfg.train_dataloader.update(loader)
    return cfg


def test_each_epoch_is_told(tmp_path):
    dataset = DATASETS.build(squares_config(tmp_path).train_dataloader.dataset)
    hook, (_, square, _) = TransformEpochHook(), dataset.pipeline.transforms
    for epoch in (0, 1, 3):  # also after a resume
        loader = SimpleNamespace(dataset=dataset)
        hook.before_train_epoch(SimpleNamespace(train_dataloader=loader, epoch=epoch, max_epochs=5))
        assert square._epochs.tolist() == [epoch, 5]


def test_without_the_hook_nothing_is_trained(tmp_path):
    cfg = squares_config(tmp_path)
    del cfg.default_hooks['transform_epoch']
    with pytest.raises(RuntimeError, match='ShrinkingSquareCrop does not know the epoch'):
        Runner.from_cfg(cfg).train()
    # Our own tools add it.
    kinds = [type(hook).__name__ for hook in build_runner(cfg).hooks]
    assert kinds.count('TransformEpochHook') == 1


def test_iterations_are_refused(tmp_path):
    cfg = squares_config(tmp_path)
    cfg.train_cfg = dict(by_epoch=False, max_iters=2)
    cfg.param_scheduler = None
    cfg.train_dataloader.sampler = dict(type='InfiniteSampler')
    with pytest.raises(ValueError, match='ShrinkingSquareCrop changes with the epochs, but the'):
        Runner.from_cfg(cfg).train()


def test_behind_wrappers(tmp_path):
    cosine_config(tmp_path)  # writes the data
    images = dict(image_config(tmp_path, 'train'), pipeline=SQUARES)
    inner = dict(type='RandomApply', transforms=SQUARES[1], prob=1.0)
    corpus = dict(sources=[dict(type='PromptTemplates')], cache_dir=str(tmp_path / 'cache'))
    dataset = DATASETS.build(
        dict(
            type='TextCorpusDataset',
            corpus=corpus,
            dataset=dict(
                type='ConcatDataset',
                datasets=[
                    dict(type='RepeatDataset', times=2, dataset=images),
                    dict(images, pipeline=[SQUARES[0], inner, SQUARES[2]]),
                ],
            ),
        )
    )
    set_transform_epoch(dataset, 1, 3)
    first, second = dataset.dataset.datasets
    found = [first.dataset.pipeline.transforms[1], second.pipeline.transforms[1].transforms]
    found[1] = getattr(found[1], 'transforms', [found[1]])[0]
    assert [transform._epochs.tolist() for transform in found] == [[1, 3]] * 2
