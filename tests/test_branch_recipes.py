"""ResLT, BBN, the plain rows of ResNets, and DeiT: values, rates, and how stages hand over."""

import math
import re
from pathlib import Path

import pytest
import torch
from mmengine.config import Config
from mmengine.registry import init_default_scope
from mmpretrain.registry import DATASETS, MODELS
from repo import REPO
from tiny_runs import write_data

from vlltr_mm import apis
from vlltr_mm.apis.checks.schedule import simulate_schedule
from vlltr_mm.apis.running.config import stage_before
from vlltr_mm.models import LogitAdjustedLoss
from vlltr_mm.utils.checkpoint import load_checkpoint_file

ROOT = REPO / 'configs' / 'baselines'
SMALL = REPO / 'configs' / 'cnn'
CLASSES = dict(imagenet_lt=1000, places_lt=365, inat18=8142, cifar100_lt=100)
# name: tower, β, γ, order of block and mean, groups, epochs, global batch, rate, decay
RESLT = dict(
    r10_imagenet_lt=('ResNet10', 0.99, 0.3, 'first', (825, 220), 180, 256, 0.1, 5e-4),
    x50_imagenet_lt=('ResNeXt', 0.99, 0.7, 'first_at_test', (825, 220), 180, 256, 0.1, 5e-4),
    x101_imagenet_lt=('ResNeXt', 0.99, 0.7, 'first_at_test', (825, 220), 180, 128, 0.05, 5e-4),
    r50_inat18=('ResNet', 0.85, 0.3, 'first_at_test', (6600, None), 200, 256, 0.1, 1e-4),
)


def load(row, name):
    folder = SMALL if name.endswith('cifar100_lt') else ROOT / row
    return Config.fromfile(folder / f'{row}_{name}.py')


def rates_of(cfg):
    init_default_scope('mmpretrain')
    _, rates = simulate_schedule(cfg, torch.nn.Linear(2, 2), epoch_length=2)
    return [rate for (rate, *_) in rates]


@pytest.mark.parametrize('name', RESLT)
def test_reslt(name):
    cfg = load('reslt', name)
    tower, beta, gamma, pool, (medium, few), epochs, batch, lr, decay = RESLT[name]
    data = name.split('_', 1)[1]
    backbone, neck, head = cfg.model.backbone, cfg.model.neck, cfg.model.head
    assert backbone.type == tower and not backbone.get('init_cfg')
    assert (head.num_classes, head.gamma, neck.pool) == (CLASSES[data], gamma, pool)
    loss = dict(type='ResLTLoss', beta=beta, unit='classes', floor=1e-7, medium_below=medium)
    loss.update(dict(few_below=few) if few else {}, class_counts=cfg.class_counts)
    assert head.loss == loss
    branches = (neck.get('num_branches', 3), head.get('num_branches', 3))
    assert branches == ((3, 3) if few else (2, 2))
    optimizer = dict(type='SGD', momentum=0.9, nesterov=False, lr=lr, weight_decay=decay)
    assert cfg.optim_wrapper == dict(type='OptimWrapper', optimizer=optimizer)
    assert 8 * cfg.train_dataloader.batch_size == batch == cfg.auto_scale_lr.base_batch_size
    assert cfg.train_dataloader.drop_last and cfg.train_cfg.max_epochs == epochs
    # The rates of the authors' code, epoch by epoch.
    expected = [lr * (e + 1) / 5 for e in range(5)]
    turn = math.pi / (epochs - 4)
    expected += [lr / 2 * (1 + math.cos(turn * (e - 4))) for e in range(5, epochs)]
    assert rates_of(cfg) == pytest.approx(expected, rel=1e-6)


@pytest.mark.parametrize(
    'name, epochs, steps', [('bbn', 180, (120, 160)), ('bbn-1x', 90, (60, 80))]
)
def test_bbn(name, epochs, steps):
    cfg = Config.fromfile(ROOT / 'bbn' / f'{name}_r50_inat18.py')
    model = cfg.model
    assert (model.type, model.scale, model.divisor) == ('BBNClassifier', 2.0, 'official')
    assert (model.backbone.type, model.backbone.depth) == ('BBNResNet', 50)
    assert (model.head.num_classes, model.head.in_channels) == (8142, 4096)
    optimizer = cfg.optim_wrapper.optimizer
    assert (optimizer.type, optimizer.momentum, optimizer.nesterov) == ('SGD', 0.9, True)
    assert optimizer.weight_decay == 1e-4 and 8 * cfg.train_dataloader.batch_size == 128
    expected = [0.05 * 0.1 ** sum(e >= step for step in steps) for e in range(epochs)]
    assert rates_of(cfg) == pytest.approx(expected)
    pairs = cfg.train_dataloader.dataset
    assert (pairs.type, pairs.power) == ('DualSampleDataset', -1)
    kinds = [step.type for step in pairs.dataset.pipeline]
    assert kinds == ['LoadImageFromFile', 'RandomResizedCrop', 'RandomFlip', 'PackInputs']
    assert cfg.data_preprocessor.type == 'DualSampleDataPreprocessor'
    assert cfg.data_preprocessor.mean == [123.675, 116.28, 103.53]


# data: tower's last kind, epochs, rate, decay, epochs of cRT and LWS
PLAIN = dict(
    resnet50_imagenet_lt=('ResNet', 90, 0.2, 5e-4, 10),
    x50_imagenet_lt=('ResNeXt', 90, 0.2, 5e-4, 10),
    x101_imagenet_lt=('ResNeXt', 90, 0.2, 5e-4, 10),
    x152_imagenet_lt=('ResNeXt', 90, 0.2, 5e-4, 10),
    r152_places_lt=('ResNet', 30, 0.1, 5e-4, 10),
    resnet50_inat18=('ResNet', 200, 0.2, 1e-4, 30),
)


@pytest.mark.parametrize('name', PLAIN)
def test_decoupled_rows(name):
    kind, epochs, lr, decay, crt_epochs = PLAIN[name]
    ce, crt, lws, tau, ncm = (load(row, name) for row in ('ce', 'crt', 'lws', 'tau', 'ncm'))
    data = name.split('_', 1)[1]
    assert ce.model.backbone.type == kind and ce.model.head.num_classes == CLASSES[data]
    assert (ce.optim_wrapper.optimizer.lr, ce.optim_wrapper.optimizer.weight_decay) == (lr, decay)
    batch = 8 * ce.train_dataloader.batch_size
    assert batch == ce.auto_scale_lr.base_batch_size == (256 if data == 'places_lt' else 512)
    if data != 'places_lt':
        wave = [lr / 2 * (1 + math.cos(math.pi * e / epochs)) for e in range(epochs)]
        assert rates_of(ce) == pytest.approx(wave, rel=1e-6)
    for cfg, length in ((crt, crt_epochs), (lws, 5)):
        assert cfg.train_cfg.max_epochs == cfg.param_scheduler.T_max == length
        sampler = dict(type='ClassBalancedSampler', power=0, per_class=4)
        assert cfg.train_dataloader.sampler == sampler
        assert cfg.model.backbone.frozen_stages == 4  # all of it
        assert cfg.optim_wrapper == ce.optim_wrapper
    for cfg in (crt, lws, tau, ncm):
        start = cfg.model.backbone.init_cfg
        assert start.checkpoint == f'work_dirs/ce_{name}/epoch_{epochs}.pth'
        assert Path(stage_before(cfg)).samefile(ROOT / 'ce' / f'ce_{name}.py')
        assert cfg.test_dataloader == ce.test_dataloader
    heads = [cfg.model.head.type for cfg in (ce, crt, lws, tau, ncm)]
    linear = 'LinearClsHead'
    assert heads == [linear, linear, 'LWSClsHead', 'TauNormClsHead', 'PrototypeClsHead']
    assert bool(tau.get('custom_hooks')) == (data != 'inat18')  # no images to choose τ on


@pytest.mark.parametrize('name', [*(n for n in PLAIN if 'x152' not in n), 'r32_cifar100_lt'])
def test_reweighted_rows(name):
    focal, ldam = load('cb-focal', name), load('ldam-drw', name)
    classes = CLASSES[name.split('_', 1)[1]]
    assert focal.model.head.init_cfg.bias == pytest.approx(-math.log(classes - 1), abs=1e-3)
    for cfg, loss in ((focal, 'ClassBalancedFocalLoss'), (ldam, 'LDAMLoss')):
        assert cfg.model.head.num_classes == classes and cfg.model.head.loss.type == loss
        assert cfg.model.head.loss.class_counts == cfg.class_counts
        assert cfg.train_dataloader.sampler == dict(type='DefaultSampler', shuffle=True)
    (hook,) = ldam.custom_hooks
    share = hook.begin / ldam.train_cfg.max_epochs
    assert hook.type == 'DeferredReweightingHook' and 0.6 < share <= 0.8


def test_deit(tmp_path):
    small, large = load('deit', 'b16_inat18'), load('deit', 'b16-384_inat18')
    assert small.train_cfg.max_epochs == 360 and large.train_cfg.max_epochs == 30
    assert 8 * small.train_dataloader.batch_size == 768 == small.auto_scale_lr.base_batch_size
    assert 8 * large.train_dataloader.batch_size == 512 == large.auto_scale_lr.base_batch_size
    rates = rates_of(small)
    assert max(rates) == rates[5] == pytest.approx(0.01 * 768 / 512)
    for cfg, size in ((small, 224), (large, 384)):
        pipeline = {step.type: step for step in cfg.train_dataloader.dataset.pipeline}
        assert pipeline['RandomResizedCrop'].scale == size and 'RandomErasing' not in pipeline
        assert cfg.test_dataloader.dataset.pipeline[2].crop_size == size
    # The positions of 14 by 14 patches are resized to 24 by 24.
    models = []
    for cfg in (small, large):
        cfg.model.backbone.arch = dict(
            embed_dims=8, num_layers=1, num_heads=2, feedforward_channels=8
        )
        cfg.model.head.in_channels = 8
        cfg.model.backbone.pop('init_cfg', None)
        if models:
            torch.save(dict(state_dict=models[0].state_dict()), tmp_path / 'small.pth')
            cfg.model.init_cfg.checkpoint = str(tmp_path / 'small.pth')
        init_default_scope('mmpretrain')
        models.append(MODELS.build(cfg.model))
        models[-1].init_weights()
    first, second = models
    assert torch.equal(first.head.fc.weight, second.head.fc.weight)
    assert first.backbone.pos_embed.shape == (1, 197, 8)
    grid = first.backbone.pos_embed[:, 1:].detach().unflatten(1, (14, 14)).permute(0, 3, 1, 2)
    grid = torch.nn.functional.interpolate(grid, (24, 24), mode='bicubic', align_corners=False)
    expected = grid.permute(0, 2, 3, 1).flatten(1, 2)
    torch.testing.assert_close(second.backbone.pos_embed[:, 1:].detach(), expected)


def shrink(row, root):
    """Write a CIFAR recipe as one of seconds on four classes; return its path."""
    cfg = load(row, 'r32_cifar100_lt')
    for loader in ('train_dataloader', 'val_dataloader', 'test_dataloader'):
        if cfg.get(loader):
            cfg[loader].update(num_workers=0, persistent_workers=False)
    if cfg.get('train_cfg'):
        cfg.train_cfg.update(max_epochs=1, val_interval=1)
        cfg.train_dataloader.batch_size = 8
    if cfg.get('pretrain_config'):
        cfg.pretrain_config = f'{root}/ce.py'
    text = cfg.pretty_text
    for old, new in (
        ("'data/cifar100_lt", f"'{root}/data"),
        ('CIFAR100_LT_', 'ImageNet_LT_'),
        ('num_classes=100', 'num_classes=4'),
        ('depth=32', 'depth=8' if row != 'bbn' else 'depth=14'),
        (f'epoch_{cfg.max_epochs}.pth', 'epoch_1.pth'),
        ("'work_dirs/", f"'{root}/runs/"),
        ("type='TauSweepHook'", "type='TauSweepHook', num_workers=0"),
        ("type='FeatureBankHook'", "type='FeatureBankHook', num_workers=0"),
        ('medium_below=65', 'medium_below=3'),
        ('few_below=30', 'few_below=1'),
    ):
        text = text.replace(old, new)
    path = root / f'{row}.py'
    path.write_text(text)
    return str(path)


@pytest.mark.slow
def test_the_rows_train_small(tmp_path):
    """Each second stage starts from the network of cross entropy and leaves it as it is."""
    write_data(tmp_path / 'data')
    shrink('ce', tmp_path)
    for row in ('crt', 'lws'):
        apis.train(shrink(row, tmp_path))
    runs = {
        row: load_checkpoint_file(f'{tmp_path}/runs/{row}_r32_cifar100_lt/epoch_1.pth')[
            'state_dict'
        ]
        for row in ('ce', 'crt', 'lws')
    }
    tower = {key for key in runs['ce'] if key.startswith('backbone.')}
    for row in ('crt', 'lws'):
        assert all(torch.equal(runs['ce'][key], runs[row][key]) for key in tower)
    assert torch.equal(runs['lws']['head.fc.weight'], runs['ce']['head.fc.weight'])
    assert not torch.equal(runs['crt']['head.fc.weight'], runs['ce']['head.fc.weight'])
    for row in ('tau', 'ncm'):
        metrics = apis.test(shrink(row, tmp_path))
        assert 0 <= metrics['accuracy/top1'] <= 100


@pytest.mark.slow
@pytest.mark.parametrize('row', ['reslt', 'bbn'])
def test_check_recipe(row, tmp_path):
    """Pairs and branches go through a dry run, and what does not fit is found there."""
    write_data(tmp_path / 'data')
    path = Path(shrink(row, tmp_path))
    (report,) = apis.check_recipe(str(path), num_gpus=1)
    assert report.problems == [] and report.iters_per_epoch == 5
    text = path.read_text().replace('in_channels=192', 'in_channels=96')
    path.write_text(text.replace('DualSampleDataPreprocessor', 'ClsDataPreprocessor'))
    (report,) = apis.check_recipe(str(path), num_gpus=1)
    assert report.problems


BLOCKS = re.findall(
    r'```python\n(.*?)```', (REPO / 'docs' / 'methods_branches.md').read_text(), flags=re.S
)


@pytest.mark.parametrize('block', BLOCKS, ids=['reslt', 'bbn', 'la'])
def test_the_page_is_used_as_it_stands(block):
    block = block.replace("'../ce/", f"'{ROOT}/ce/")
    cfg = Config.fromstring(block, '.py')
    init_default_scope('mmpretrain')
    head = MODELS.build(cfg.model).head
    assert head.num_classes == (8142 if 'BBN' in block else 1000)
    if 'DualSampleDataset' in block:
        MODELS.build(cfg.data_preprocessor)
        assert cfg.train_dataloader.dataset.type in DATASETS
    if 'LogitAdjusted' in block:
        assert type(head.loss_module) is LogitAdjustedLoss
