"""PaCo, GPaCo and SSD: values of the literature, rates, what is frozen, how stages hand over."""

import math
import re
from pathlib import Path

import numpy as np
import pytest
import torch
from mmengine.config import Config
from mmengine.dataset import Compose
from mmengine.optim import build_optim_wrapper
from mmengine.registry import init_default_scope
from mmpretrain.registry import MODELS
from PIL import Image
from repo import REPO
from tiny_runs import write_data

from vlltr_mm import apis
from vlltr_mm.apis.checks.schedule import simulate_schedule
from vlltr_mm.apis.running import find_config
from vlltr_mm.apis.running.config import stage_before
from vlltr_mm.utils.checkpoint import load_checkpoint_file

ROOT = REPO / 'configs' / 'baselines'
CLASSES = dict(imagenet_lt=1000, places_lt=365, inat18=8142, cifar100_lt=100)
# name: α, T, rate at 128 images, decay, steps of RandAugment of both views
PACO = {
    'paco_r50_imagenet_lt': (0.05, 0.2, 0.02, 5e-4, (2, 0)),
    'paco_x50_imagenet_lt': (0.05, 0.07, 0.02, 5e-4, (2, 0)),
    'paco_x101_imagenet_lt': (0.05, 0.2, 0.03, 5e-4, (3, 0)),
    'paco_r50_inat18': (0.05, 0.2, 0.02, 1e-4, (2, 0)),
    'paco_r152_inat18': (0.05, 0.2, 0.02, 1e-4, (2, 0)),
    'paco_r152_places_lt': (0.05, 0.2, 0.02, 5e-4, (0, 0)),
    'gpaco_r50_imagenet_lt': (0.045, 0.2, 0.04, 5e-4, (2, 2)),
    'gpaco_x50_imagenet_lt': (0.05, 0.2, 0.06, 5e-4, (3, 3)),
    'gpaco_x101_imagenet_lt': (0.05, 0.2, 0.06, 5e-4, (5, 5)),
    'gpaco_r50_inat18': (0.05, 0.2, 0.04, 1e-4, (2, 0)),
    'gpaco_r152_inat18': (0.05, 0.2, 0.04, 1e-4, (2, 0)),
    'gpaco_r152_places_lt': (0.02, 0.2, 0.02, 5e-4, (0, 0)),
}


def load(name):
    return Config.fromfile(find_config(name))


def rates_of(cfg):
    init_default_scope('mmpretrain')
    _, rates = simulate_schedule(cfg, torch.nn.Linear(2, 2), epoch_length=2)
    return [rate for (rate, *_) in rates]


def views_of(cfg):
    """Return the transforms of both views."""
    _, several, _ = cfg.train_dataloader.dataset.pipeline
    assert several.type == 'MultiView'
    return [
        steps for steps, count in zip(several.transforms, several.num_views) for _ in range(count)
    ]


@pytest.mark.parametrize('name', PACO)
def test_paco(name):
    cfg = load(name)
    alpha, temperature, lr, decay, rand_augment = PACO[name]
    row, tower, data = name.split('_', 2)
    model, loss = cfg.model, cfg.model.head.loss
    kind = dict(r='ResNet', x='ResNeXt')[tower[0]]
    assert (model.backbone.type, model.backbone.depth) == (kind, int(tower[1:]))
    assert loss == dict(
        type='PaCoLoss',
        alpha=alpha,
        temperature=temperature,
        gather=False,
        prior_floor=1e-9,
        class_counts=cfg.class_counts,
    )
    classes = CLASSES[data]
    assert model.queue == dict(length=8192, dims=128, start='paco', num_classes=classes)
    assert model.head.num_classes == classes and 8192 % (8 * cfg.train_dataloader.batch_size) == 0
    depth = (model.projector.get('num_layers', 2), model.projector.norm)
    if row == 'paco':
        assert model.momentum_encoder == dict(momentum=0.001) and depth == (2, True)
    else:
        assert model.momentum_encoder is None and depth == (3, False)
    optimizer = cfg.optim_wrapper.optimizer
    batch = 8 * cfg.train_dataloader.batch_size
    assert batch == 256 == cfg.auto_scale_lr.base_batch_size
    lr = lr * batch / 128
    assert (optimizer.type, optimizer.lr, optimizer.momentum) == ('SGD', pytest.approx(lr), 0.9)
    assert not optimizer.nesterov and optimizer.weight_decay == decay
    epochs, warm = (30, 5) if data == 'places_lt' else (400, 10)
    assert cfg.train_cfg.max_epochs == epochs and cfg.train_dataloader.drop_last
    expected = [lr * (e + 1) / warm for e in range(warm)]
    turn = math.pi / (epochs - warm + 1)
    expected += [lr / 2 * (1 + math.cos(turn * (e - warm + 1))) for e in range(warm, epochs)]
    if data != 'places_lt':  # half precision needs a GPU
        assert rates_of(cfg) == pytest.approx(expected, rel=1e-6)
    steps = [[s.num_policies for s in view if s.type == 'RandAugment'] for view in views_of(cfg)]
    assert steps == [[n] if n else [] for n in rand_augment]
    assert cfg.data_preprocessor.type == 'MultiViewDataPreprocessor'


@pytest.mark.parametrize('name', ['paco_r152_places_lt', 'gpaco_r152_places_lt'])
def test_places_trains_one_block_and_every_norm(name):
    cfg = load(name)
    model = dict(cfg.model)
    model['backbone'] = dict(model['backbone'], depth=50, base_channels=4, init_cfg=None)
    model['projector'] = dict(model['projector'], in_channels=128)
    model['head'] = dict(model['head'], in_channels=128)
    init_default_scope('mmpretrain')
    wrapper = dict(cfg.optim_wrapper, type='OptimWrapper')
    wrapper.pop('dtype'), wrapper.pop('loss_scale')
    model = MODELS.build(model)
    groups = build_optim_wrapper(model, wrapper).optimizer.param_groups
    rates = {id(p): group['lr'] for group in groups for p in group['params']}
    expected = {
        name: 0.0 if p.ndim == 4 and '.layer4.2.' not in name else 0.04
        for name, p in model.named_parameters()
        if p.requires_grad
    }
    found = {name: rates[id(p)] for name, p in model.named_parameters() if name in expected}
    assert found == pytest.approx(expected)
    assert 0.0 in expected.values()
    assert model.key_encoder is None or int(model.key_encoder.steps) == 1


SSD = dict(imagenet_lt=('x50', 5e-4, 115_846), inat18=('r50', 1e-4, 437_513))


@pytest.mark.parametrize('data', SSD)
def test_ssd(data):
    tower, decay, images = SSD[data]
    names = [f'ssd-stage{i}_{tower}_{data}' for i in (1, 2, 3)] + [f'ssd_{tower}_{data}']
    cfgs = [load(name) for name in names]
    for index, (cfg, epochs, lr) in enumerate(zip(cfgs, (135, 5, 135, 5), (0.1, 0.2, 0.1, 0.2))):
        optimizer = cfg.optim_wrapper.optimizer
        assert (optimizer.lr, optimizer.weight_decay, optimizer.nesterov) == (lr, decay, False)
        assert 8 * cfg.train_dataloader.batch_size == (512 if index % 2 else 256)
        wave = [lr / 2 * (1 + math.cos(math.pi * e / epochs)) for e in range(epochs)]
        assert rates_of(cfg) == pytest.approx(wave, rel=1e-6)
        assert cfg.model.head.num_classes == CLASSES[data]
        assert index == 0 or Path(stage_before(cfg)).samefile(
            ROOT / 'ssd' / f'{names[index - 1]}.py'
        )
    one, two, three, four = (cfg.model for cfg in cfgs)
    assert one.queue == dict(length=images // 256 * 256, dims=128, start='ssd')
    assert one.momentum_encoder == dict(momentum=0.001) and one.contrast.temperature == 0.2
    sampler = dict(type='ClassBalancedSampler', power=0, per_class=2)
    for model, cfg, before in ((two, cfgs[1], names[0]), (four, cfgs[3], names[2])):
        assert (model.type, model.norm_eval) == ('FrozenTrunkClassifier', False)
        assert cfg.train_dataloader.sampler == sampler
        start = f'work_dirs/{before}/epoch_135.pth'
        assert model.head.linear == start == model.backbone.init_cfg.checkpoint
    assert (three.head.type, three.temperature) == ('DualDistillClsHead', 2.0)
    assert not three.teacher_eval
    assert three.teacher_checkpoint == f'work_dirs/{names[1]}/epoch_5.pth'
    assert three.teacher.head.num_classes == CLASSES[data]
    assert 'MultiView' not in [step.type for step in cfgs[2].train_dataloader.dataset.pipeline]


@pytest.mark.parametrize(
    'name',
    ['paco_r50_imagenet_lt', 'gpaco_x50_imagenet_lt', 'paco_r152_places_lt',
     'ssd-stage1_x50_imagenet_lt', 'ssd-stage1_r50_inat18', 'paco_r32_cifar100_lt'],
)  # fmt: skip
def test_an_image_becomes_two_views(name, tmp_path):
    path = tmp_path / 'a.jpg'
    pixels = np.random.default_rng(0).integers(0, 255, (40, 40, 3), dtype=np.uint8)
    Image.fromarray(pixels).save(path)
    cfg = load(name)
    init_default_scope('mmpretrain')
    edge = 32 if 'r32' in name else 224
    if edge == 32:
        Image.fromarray(pixels[:32, :32]).save(path)
    sample = Compose(cfg.train_dataloader.dataset.pipeline)(dict(img_path=str(path), gt_label=3))
    assert [tuple(view.shape) for view in sample['inputs']] == [(3, edge, edge)] * 2
    assert not torch.equal(*sample['inputs'])
    out = MODELS.build(cfg.data_preprocessor)(
        dict(inputs=[v[None] for v in sample['inputs']], data_samples=[sample['data_samples']])
    )
    assert len(out['inputs']) == 2 and out['data_samples'][0].gt_label == 3


def shrink(name, root):
    """Write a CIFAR recipe as one of seconds on four classes; return its path."""
    cfg = load(f'{name}_r32_cifar100_lt')
    for loader in ('train_dataloader', 'val_dataloader', 'test_dataloader'):
        cfg[loader].update(num_workers=0, persistent_workers=False)
    cfg.train_cfg.update(max_epochs=1, val_interval=1)
    cfg.train_dataloader.batch_size = 8
    if cfg.model.get('queue'):
        cfg.model.queue.length = 16
    if cfg.get('pretrain_config'):
        cfg.pretrain_config = f'{root}/{Path(cfg.pretrain_work_dir).name.split("_r32")[0]}.py'
    text = cfg.pretty_text
    for old, new in (
        ("'data/cifar100_lt", f"'{root}/data"),
        ('CIFAR100_LT_', 'ImageNet_LT_'),
        ('num_classes=100', 'num_classes=4'),
        ('depth=32', 'depth=8'),
        (f'epoch_{cfg.max_epochs}.pth', 'epoch_1.pth'),
        ('epoch_5.pth', 'epoch_1.pth'),
        ("'work_dirs/", f"'{root}/runs/"),
    ):
        text = text.replace(old, new)
    path = root / f'{name}.py'
    path.write_text(text)
    return str(path)


@pytest.mark.slow
def test_the_stages_of_ssd_train_small(tmp_path):
    """One command trains four stages; each goes on from what it says."""
    write_data(tmp_path / 'data')
    *_, last = [
        shrink(name, tmp_path) for name in ('ssd-stage1', 'ssd-stage2', 'ssd-stage3', 'ssd')
    ]
    apis.train(last)
    one, two, three, four = (
        load_checkpoint_file(f'{tmp_path}/runs/{name}_r32_cifar100_lt/epoch_1.pth')['state_dict']
        for name in ('ssd-stage1', 'ssd-stage2', 'ssd-stage3', 'ssd')
    )
    weights = [k for k in two if k.startswith('backbone.') and k.endswith(('weight', 'bias'))]
    for before, after in ((one, two), (three, four)):
        assert all(torch.equal(before[key], after[key]) for key in weights)
        assert torch.equal(before['head.fc.weight'], after['head.fc.weight'])
        assert not torch.equal(
            before['backbone.bn1.running_mean'], after['backbone.bn1.running_mean']
        )
        assert (after['head.scales'] != 1).any()
    assert not torch.equal(one['backbone.conv1.weight'], three['backbone.conv1.weight'])
    assert 'head.hard_fc.weight' in three and not any('teacher' in key for key in three)
    assert one['queue.queue_labels'].unique().tolist() == [0, 1, 2, 3]
    metrics = apis.test(last, f'{tmp_path}/runs/ssd_r32_cifar100_lt/epoch_1.pth')
    assert 0 <= metrics['accuracy/top1'] <= 100


@pytest.mark.slow
@pytest.mark.parametrize('name', ['paco', 'gpaco', 'ssd-stage1'])
def test_check_recipe(name, tmp_path):
    """Two views go through a dry run, and what does not fit is found there."""
    write_data(tmp_path / 'data')
    path = Path(shrink(name, tmp_path))
    (report,) = apis.check_recipe(str(path), num_gpus=1)
    assert report.problems == [] and report.iters_per_epoch == 5
    (report,) = apis.check_recipe(str(path), num_gpus=3)
    assert any('16 places, which the batch of 24' in problem for problem in report.problems)
    path.write_text(path.read_text().replace('MultiViewDataPreprocessor', 'ClsDataPreprocessor'))
    (report,) = apis.check_recipe(str(path), num_gpus=1)
    assert report.problems


BLOCKS = re.findall(
    r'```python\n(.*?)```', (REPO / 'docs' / 'methods_contrast.md').read_text(), flags=re.S
)


@pytest.mark.parametrize('block', BLOCKS, ids=range(len(BLOCKS)))
def test_the_page_is_used_as_it_stands(block):
    cfg = Config.fromstring(block, '.py')
    init_default_scope('mmpretrain')
    if 'model' in cfg:
        assert MODELS.build(cfg.model).head.num_classes == 1000
    else:
        MODELS.build(cfg.data_preprocessor)
        Compose(cfg.train_dataloader.dataset.pipeline)
