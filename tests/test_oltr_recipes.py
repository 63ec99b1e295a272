"""OLTR and smDRAGON: values, rates, and how their stages hand over."""

from pathlib import Path

import pytest
import torch
from mmengine.config import Config
from mmengine.registry import init_default_scope
from repo import REPO
from tiny_runs import write_data

from vlltr_mm import apis
from vlltr_mm.apis.checks.schedule import simulate_schedule
from vlltr_mm.apis.running.config import stage_before
from vlltr_mm.utils.checkpoint import load_checkpoint_file
from vlltr_mm.utils.model import build_model

ROOT = REPO / 'configs' / 'baselines'
CLASSES = dict(imagenet_lt=1000, places_lt=365, inat18=8142, cifar100_lt=100)
OLTR = ('r10_imagenet_lt', 'x50_imagenet_lt', 'r152_places_lt', 'r32_cifar100_lt')
# name: the row of cross entropy, its epochs
SMDRAGON = dict(
    x50_imagenet_lt=('x50_imagenet_lt', 90),
    r50_places_lt=('r152_places_lt', 30),
    r50_inat18=('resnet50_inat18', 200),
    r32_cifar100_lt=('r32_cifar100_lt', 6),
)


def file_of(row, name, stage=''):
    folder = ROOT.parent / 'cnn' if 'r32' in name else ROOT / row
    return folder / f'{row}{stage}_{name}.py'


def load(row, name, stage=''):
    return Config.fromfile(file_of(row, name, stage))


def groups_of(cfg):
    """Return parameter → learning rate in each epoch, of all that is trained."""
    init_default_scope('mmpretrain')
    groups, rates = simulate_schedule(cfg, build_model(cfg), epoch_length=2)
    return {
        name: [row[index] for row in rates]
        for index, group in enumerate(groups)
        for name in group.names
    }


def kinds_of(groups):
    """Return the part of the model → the rates of its parameters."""
    kinds = {}
    for name, rates in groups.items():
        key = name if name == 'head.centroids' else name.split('.')[0]
        kinds.setdefault(key, set()).add(tuple(round(rate, 12) for rate in rates))
    assert all(len(rates) == 1 for rates in kinds.values())
    return {key: rates.pop() for key, rates in kinds.items()}


def steps(rate, epochs, every):
    return tuple(round(rate * 0.1 ** (epoch // every), 12) for epoch in range(epochs))


def test_oltr_on_imagenet_lt():
    stage1, cfg = load('oltr', 'r10_imagenet_lt', '-stage1'), load('oltr', 'r10_imagenet_lt')
    optimizer = dict(type='SGD', momentum=0.9, nesterov=False, lr=0.1, weight_decay=5e-4)
    for each, epochs in ((stage1, 30), (cfg, 60)):
        assert each.optim_wrapper.optimizer == optimizer
        assert 8 * each.train_dataloader.batch_size == 128 == each.auto_scale_lr.base_batch_size
        assert each.train_cfg.max_epochs == epochs and each.train_dataloader.drop_last
        assert each.model.backbone.type == 'ResNet10'
    assert set(kinds_of(groups_of(stage1)).values()) == {steps(0.1, 30, 10)}
    assert kinds_of(groups_of(cfg)) == {
        'backbone': steps(0.01, 60, 20),
        'neck': steps(0.01, 60, 20),
        'head': steps(0.1, 60, 20),
        'head.centroids': steps(0.01, 60, 20),
    }


def test_oltr_on_places_lt():
    stage1, cfg = load('oltr', 'r152_places_lt', '-stage1'), load('oltr', 'r152_places_lt')
    for each in (stage1, cfg):
        assert each.model.backbone.depth == 152
        each.model.backbone.depth = 18  # for the speed of the test
        each.model.neck.in_channels = 512
        each.model.backbone.pop('init_cfg')
        assert 8 * each.train_dataloader.batch_size == 128
    assert kinds_of(groups_of(stage1)) == {
        'backbone': steps(1e-3, 30, 10),
        'neck': steps(1e-3, 30, 10),
        'head': steps(0.1, 30, 10),
    }
    assert not stage1.model.neck.attention
    assert (cfg.model.type, cfg.model.norm_eval) == ('FrozenTrunkClassifier', False)
    assert kinds_of(groups_of(cfg)) == {
        'neck': steps(1e-4, 30, 10),
        'head': steps(0.01, 30, 10),
        'head.centroids': steps(0.01, 30, 10),
    }


@pytest.mark.parametrize('name', OLTR)
def test_oltrs_second_stage(name):
    cfg = load('oltr', name)
    head, neck, data = cfg.model.head, cfg.model.neck, name.split('_', 1)[1]
    assert head.type == 'MetaEmbeddingClsHead' and head.num_classes == CLASSES[data]
    assert head.in_channels == neck.out_channels == (64 if data == 'cifar100_lt' else 512)
    assert head.feature_loss == dict(
        type='AttractRepelLoss',
        loss_weight=0.01,
        repel_weight=0.01,
        margin=10.0,
        centroid_grad='official',
    )
    sampler = dict(type='ClassBalancedSampler', power=0, per_class=4)
    assert cfg.train_dataloader.sampler == sampler
    (hook,) = cfg.custom_hooks
    training = cfg.train_dataloader.dataset
    assert hook.type == 'CentroidInitHook'
    assert hook.images == dict(training, pipeline=cfg.test_dataloader.dataset.pipeline)
    before = Config.fromfile(stage_before(cfg))
    last = f'{before.work_dir}/epoch_{before.train_cfg.max_epochs}.pth'
    assert head.linear == cfg.model.backbone.init_cfg.checkpoint == last
    assert before.train_dataloader.dataset == training
    # What the first stage has of the neck goes on.
    assert ('init_cfg' in neck) == (before.model.neck.type == 'OLTRNeck')
    assert before.model.head.in_channels == head.in_channels


@pytest.mark.parametrize('name', SMDRAGON)
def test_smdragons_stages(name):
    row, epochs = SMDRAGON[name]
    ce = load('ce', row)
    rest, fit, last = (load('smdragon', name, stage) for stage in ('-rest', '-fit', ''))
    whole = ce.train_dataloader.dataset
    for cfg in (rest, last):  # that of cross entropy but for images and head
        assert cfg.optim_wrapper == ce.optim_wrapper and cfg.train_cfg == ce.train_cfg
        assert cfg.param_scheduler == ce.param_scheduler and cfg.train_cfg.max_epochs == epochs
        assert cfg.model.backbone == (
            dict(
                ce.model.backbone,
                depth=50,
                init_cfg=dict(type='Pretrained', checkpoint='torchvision://resnet50'),
            )
            if name == 'r50_places_lt'
            else ce.model.backbone
        )
    assert last.train_dataloader == ce.train_dataloader
    assert rest.train_dataloader.dataset == dict(type='HoldOutDataset', part='rest', dataset=whole)
    seen = dict(whole, pipeline=ce.test_dataloader.dataset.pipeline)
    held = dict(type='HoldOutDataset', part='held', dataset=seen)
    assert fit.train_dataloader.dataset == held
    assert fit.train_dataloader.sampler == dict(type='ClassBalancedSampler', power=0)
    assert fit.optim_wrapper.optimizer == dict(type='Adam', lr=1e-3)
    ranks = 1 if name == 'r32_cifar100_lt' else 8
    assert ranks * fit.train_dataloader.batch_size == 64 and fit.train_cfg.max_epochs == 10
    assert fit.feature_cache == 1  # exact, as the pipeline draws nothing
    assert fit.model.head.linear == f'{rest.work_dir}/epoch_{epochs}.pth'
    assert last.model.head.weights == f'{fit.work_dir}/epoch_10.pth'
    assert last.model.head.trains == 'linear'
    for cfg, before in ((fit, rest), (last, fit)):
        assert Path(stage_before(cfg)).samefile(before.filename)
        assert cfg.model.head.type == 'FamiliarityClsHead'
        assert cfg.model.head.class_counts == ce.class_counts
        assert cfg.test_dataloader == ce.test_dataloader


def shrink(path, root):
    """Write a CIFAR recipe as one of seconds on four classes of 48 px; return its path."""
    cfg = Config.fromfile(path)
    for loader in ('train_dataloader', 'val_dataloader', 'test_dataloader'):
        cfg[loader].update(num_workers=0, persistent_workers=False)
    cfg.train_cfg.update(max_epochs=1, val_interval=1)
    cfg.train_dataloader.batch_size = 4
    if cfg.get('pretrain_config'):
        cfg.pretrain_config = f'{root}/{Path(cfg.pretrain_config).name}'
    text = cfg.pretty_text
    for old, new in (
        ("'data/cifar100_lt", f"'{root}/data"),
        ('CIFAR100_LT_', 'ImageNet_LT_'),
        ('num_classes=100', 'num_classes=4'),
        ('crop_size=32', 'crop_size=48'),
        ('map_size=8', 'map_size=12'),
        ('depth=32', 'depth=8'),
        (f'epoch_{cfg.max_epochs}.pth', 'epoch_1.pth'),
        ('epoch_10.pth', 'epoch_1.pth'),
        ("'work_dirs/", f"'{root}/runs/"),
        ("type='CentroidInitHook'", "type='CentroidInitHook', num_workers=0"),
    ):
        text = text.replace(old, new)
    file = root / path.name
    file.write_text(text)
    return str(file)


def state_of(root, name):
    return load_checkpoint_file(f'{root}/runs/{name}/epoch_1.pth')['state_dict']


@pytest.mark.slow
def test_the_chains_train_small(tmp_path):
    """One command trains all stages; each is tested by its checkpoint."""
    write_data(tmp_path / 'data')
    shrink(file_of('ce', 'r32_cifar100_lt'), tmp_path)
    oltr = shrink(file_of('oltr', 'r32_cifar100_lt'), tmp_path)
    *_, dragon = (
        shrink(file_of('smdragon', 'r32_cifar100_lt', stage), tmp_path)
        for stage in ('-rest', '-fit', '')
    )
    for path in (oltr, dragon):
        apis.train(path)
        name = Path(path).stem
        metrics = apis.test(path, f'{tmp_path}/runs/{name}/epoch_1.pth')
        assert 0 <= metrics['accuracy/top1'] <= 100
    ce, trained = (state_of(tmp_path, f'{row}_r32_cifar100_lt') for row in ('ce', 'oltr'))
    assert trained['head.centroids'].shape == trained['head.weight'].shape == (4, 64)
    assert not torch.equal(trained['head.hallucinator.weight'], ce['head.fc.weight'])
    rest, fit, last = (
        state_of(tmp_path, f'smdragon{stage}_r32_cifar100_lt') for stage in ('-rest', '-fit', '')
    )
    assert all(torch.equal(value, fit[key]) for key, value in rest.items())
    assert fit['head.dense.bias'].any()
    folder = tmp_path / 'runs' / 'smdragon-fit_r32_cifar100_lt'
    assert (folder / 'train_features.safetensors').is_file()
    for key in ('head.dense.bias', 'head.conv.weight', 'head.shares'):
        assert torch.equal(last[key], fit[key])
    assert not torch.equal(last['head.fc.weight'], fit['head.fc.weight'])
