"""The published recipes, value by value, against the table they come from."""

from pathlib import Path

import numpy as np
import pytest
import torch
from clip_files import tiny_arch
from mmengine.config import Config
from mmengine.dataset import Compose
from mmengine.registry import init_default_scope
from mmengine.runner import Runner
from mmpretrain.registry import MODELS
from repo import REPO
from tiny_runs import write_data

from vlltr_mm.apis.checks.schedule import simulate_schedule
from vlltr_mm.apis.running.config import stage_before
from vlltr_mm.engine.data import image_config

ROOT = REPO / 'configs'
# data set: classes, stage-1 epochs, smallest lr, stage-2 epochs, weight
SETS = dict(
    imagenet_lt=(1000, 50, 0, 50, 0.2),
    places_lt=(365, 50, 0, 50, 0.2),
    inat18=(8142, 100, 1e-5, 360, 0.7),
)
# config: stage-1 lr, batch per GPU, stage-2 lr
RUNS = {
    'r50_imagenet_lt': (5e-5, 256, 1e-3),
    'vit-b16_imagenet_lt': (3.5e-5, 128, 1e-3),
    'r50_places_lt': (5e-5, 256, 1e-4),
    'vit-b16_places_lt': (1e-5, 128, 5e-5),
    'r50_inat18': (5e-4, 256, 2e-5),
    'vit-b16_inat18': (3.5e-4, 128, 2e-5),
}
PAPER = {
    'r50_imagenet_lt': '70.1 / 77.8 / 67.0 / 50.8',
    'vit-b16_imagenet_lt': '77.2 / 84.5 / 74.6 / 59.3',
    'r50_places_lt': '48.0 / 51.9 / 47.2 / 38.4',
    'vit-b16_places_lt': '50.1 / 54.2 / 48.5 / 42.0',
    'r50_inat18': '74.6',
    'vit-b16_inat18': '76.8',
    'vit-b16-384_inat18': '81.0',
}


def load(name):
    return Config.fromfile(ROOT / f'{name}.py')


SQUARE_ROOT = dict(type='ClassBalancedSampler', power=0.5)


def check_common(cfg, classes, sampler=SQUARE_ROOT):
    optimizer = cfg.optim_wrapper.optimizer
    assert (optimizer.type, optimizer.betas) == ('AdamW', (0.9, 0.999))
    assert (optimizer.eps, optimizer.weight_decay) == (1e-8, 0.05)
    assert cfg.optim_wrapper.type == 'AmpOptimWrapper'
    assert cfg.optim_wrapper.dtype == 'float16'
    loader = cfg.train_dataloader
    assert loader.drop_last
    assert loader.sampler == sampler
    assert cfg.data_preprocessor.num_classes == classes


@pytest.mark.parametrize('name', RUNS)
def test_stage_one(name):
    cfg = load(f'cvlp_{name}')
    classes, epochs, smallest, *_ = SETS[name.split('_', 1)[1]]
    lr, batch, _ = RUNS[name]
    check_common(cfg, classes)
    assert cfg.optim_wrapper.optimizer.lr == lr
    assert cfg.train_dataloader.batch_size == batch
    assert cfg.train_cfg.max_epochs == epochs
    warm_up, cosine = cfg.param_scheduler
    assert lr * warm_up.start_factor == pytest.approx(1e-6)
    assert (warm_up.begin, warm_up.end) == (0, 5) == (0, cosine.begin)
    assert (cosine.end, cosine.T_max) == (epochs, epochs - 5)
    assert cosine.eta_min == smallest
    model = cfg.model
    assert model.teacher and model.loss.label_smooth == 0.1
    assert (model.ccl_weight, model.distill_weight) == (0.5, 0.5)
    if 'r50' in name:
        assert model.vision_backbone.norm_eval == ('inat18' not in name)
    hook = [h for h in cfg.custom_hooks if h.type == 'AnSSHook'][0]
    assert hook.selector == dict(type='AnSS', num_anchors=64)
    images = image_config(hook.images, cfg)
    assert (images['split'], hook.max_images_per_class) == (
        ('train', 50) if 'inat18' in name else ('val', None)
    )
    assert images['pipeline'] == cfg.val_dataloader.dataset.pipeline
    assert images['type'] == cfg.val_dataloader.dataset.type
    assert [h.type for h in cfg.custom_hooks] == [
        'SentenceBankHook',
        'TeacherTextBankHook',
        'AnSSHook',
    ]
    assert cfg.train_dataloader.dataset.type == 'TextCorpusDataset'
    assert {cfg.val_evaluator.type, cfg.test_evaluator.type} == {'SentenceRetrieval'}
    assert cfg.auto_scale_lr == dict(base_batch_size=8 * batch, enable=False)


@pytest.mark.parametrize('name', PAPER)
def test_stage_two(name):
    cfg = load(f'vlltr_{name}')
    data = name.split('_', 1)[1]
    classes, _, _, epochs, weight = SETS[data]
    lr = RUNS[name.replace('-384', '')][2]
    check_common(cfg, classes)
    assert cfg.optim_wrapper.optimizer.lr == lr
    for key in ('head.norm_', 'head.proj_'):
        mult = cfg.optim_wrapper.paramwise_cfg.custom_keys[key].lr_mult
        assert lr * mult == pytest.approx(1e-6)
    assert cfg.train_dataloader.batch_size == 128
    assert cfg.train_cfg.max_epochs == epochs == cfg.param_scheduler.T_max
    assert cfg.param_scheduler.eta_min == 0
    head, backbone = cfg.model.head, cfg.model.backbone
    assert (head.num_anchors, head.visual_weight) == (64, weight)
    assert head.num_classes == head.loss.num_classes == classes
    assert head.in_channels == (1024 if 'r50' in name else 512)
    assert (head.loss.label_smooth_val, head.loss.mode) == (0.1, 'original')
    mixes = {a.type: a.alpha for a in cfg.model.train_cfg.augments}
    assert mixes == dict(Mixup=0.8, CutMix=1.0)
    assert backbone.frozen == (data != 'inat18')
    assert head.detach_norm == (data == 'inat18')
    if 'r50' in name:
        assert backbone.norm_eval
    assert {cfg.val_evaluator.type, cfg.test_evaluator.type} == {'ClassSplitAccuracy'}
    sizes = [t.crop_size for t in cfg.test_dataloader.dataset.pipeline if t.type == 'CenterCrop']
    assert sizes == [384 if '384' in name else 224]
    assert f': {PAPER[name]}.' in (ROOT / f'vlltr_{name}.py').read_text()


@pytest.mark.parametrize('name', RUNS)
def test_additive(name):
    """The paper's stage 2 but for head, loss and sampler, which belong together."""
    cfg, like = load(f'additive/additive_{name}'), load(f'vlltr_{name}')
    data = name.split('_', 1)[1]
    check_common(cfg, SETS[data][0], sampler=dict(type='DefaultSampler', shuffle=True))
    head = cfg.model.head
    assert head.type == 'AdditiveLGRHead'
    for key in ('num_classes', 'in_channels', 'num_anchors', 'anchors', 'detach_norm'):
        assert head[key] == like.model.head[key], key
    assert head.loss == dict(type='LogitAdjustedLoss', class_counts=cfg.class_counts)
    assert cfg.model.backbone == like.model.backbone
    assert cfg.model.train_cfg == like.model.train_cfg
    assert Path(stage_before(cfg)).samefile(stage_before(like))
    assert cfg.train_dataloader.dataset == like.train_dataloader.dataset
    assert cfg.train_dataloader.batch_size == like.train_dataloader.batch_size
    assert cfg.param_scheduler == like.param_scheduler and cfg.train_cfg == like.train_cfg
    if data != 'places_lt':
        assert cfg.optim_wrapper == like.optim_wrapper
    lr = cfg.optim_wrapper.optimizer.lr
    for key in ('head.norm_', 'head.proj_'):
        mult = cfg.optim_wrapper.paramwise_cfg.custom_keys[key].lr_mult
        assert lr * mult == pytest.approx(1e-6)


def test_imagenet_lt_r50_groups_and_rates():
    """First and last epoch, as the runner will set them."""
    init_default_scope('mmpretrain')
    found = {}
    for stage in ('cvlp', 'vlltr'):
        cfg = load(f'{stage}_r50_imagenet_lt')
        model = MODELS.build(dict(cfg.model, data_preprocessor=cfg.data_preprocessor))
        found[stage] = simulate_schedule(cfg, model, epoch_length=3)
    groups, rates = found['cvlp']
    assert {g.weight_decay for g in groups} == {0, 0.05}
    assert rates[0] == pytest.approx([1e-6] * 2)
    assert rates[5] == pytest.approx([5e-5] * 2)
    last = 5e-5 * (1 + np.cos(np.pi * 44 / 45)) / 2
    assert rates[-1] == pytest.approx([last] * 2)
    groups, rates = found['vlltr']
    kinds = {name: (group.lr, group.weight_decay) for group in groups for name in group.names}
    assert kinds == {
        'head.visual_mlp.0.weight': (1e-3, 0.05),
        'head.visual_mlp.0.bias': (1e-3, 0),
        'head.visual_mlp.2.weight': (1e-3, 0.05),
        'head.visual_mlp.2.bias': (1e-3, 0),
        'head.norm_q.weight': (1e-6, 0),
        'head.norm_q.bias': (1e-6, 0),
        'head.norm_k.weight': (1e-6, 0),
        'head.proj_q.weight': (1e-6, 0.05),
        'head.proj_k.weight': (1e-6, 0.05),
    }
    assert rates[0] == pytest.approx([g.lr for g in groups])
    shrunk = (1 + np.cos(np.pi * 49 / 50)) / 2
    assert rates[-1] == pytest.approx([g.lr * shrunk for g in groups])


def test_augmentation():
    """RandAugment and RandomErasing as named, no colour jitter; an erased
    pixel is N(0, 1) for the model, whichever channel it is in."""
    cfg = load('vlltr_r50_imagenet_lt')
    pipeline = cfg.train_dataloader.dataset.pipeline
    steps = {step.type: step for step in pipeline}
    assert list(steps) == [
        'LoadImageFromFile',
        'RandomResizedCrop',
        'RandomFlip',
        'RandAugment',
        'RandomErasing',
        'PackInputs',
    ]
    assert steps['RandAugment'].policies == 'timm_increasing'
    assert (steps['RandAugment'].magnitude_level, steps['RandAugment'].magnitude_std) == (9, 0.5)
    erasing = steps['RandomErasing']
    assert (erasing.erase_prob, erasing.min_area_ratio, erasing.max_area_ratio) == (
        0.25,
        0.02,
        1 / 3,
    )
    init_default_scope('mmpretrain')
    np.random.seed(0)
    erase = Compose(
        [
            dict(
                erasing,
                erase_prob=1.0,
                min_area_ratio=1.0,
                max_area_ratio=1.0,
                aspect_range=(1.0, 1.0),
            ),
            dict(type='PackInputs'),
        ]
    )
    # One pixel more than the erased square, which must lie inside.
    image = np.zeros((225, 225, 3), dtype=np.uint8)
    erased = erase(dict(img=image, gt_label=0))['inputs'][:, :220, :220]
    preprocessor = MODELS.build(dict(cfg.data_preprocessor))
    values = preprocessor(dict(inputs=[erased.contiguous()]))['inputs'][0]
    flat = values.flatten(1)
    # Colours end at 0 and 255, about two deviations from the mean.
    torch.testing.assert_close(flat.mean(1), torch.zeros(3), atol=0.1, rtol=0)
    torch.testing.assert_close(flat.std(1), torch.ones(3), atol=0.1, rtol=0)


def shrink(cfg, root):
    """Make a recipe one of seconds on a CPU: data, towers, precision."""
    for loader in ('train_dataloader', 'val_dataloader', 'test_dataloader'):
        cfg[loader].update(num_workers=0, persistent_workers=False)
    cfg.train_dataloader.batch_size = 8
    cfg.train_cfg.update(max_epochs=1, val_interval=1)
    cfg.optim_wrapper.type = 'OptimWrapper'
    del cfg.optim_wrapper['dtype'], cfg.optim_wrapper['loss_scale']
    arch = tiny_arch('resnet')
    arch['text_cfg']['vocab_size'] = 49408
    text = cfg.pretty_text
    for old, new in (
        ("'data/imagenet", f"'{root}/data"),
        ("'RN50-quickgelu'", str(arch)),
        ("'data/clip/RN50.pt'", 'None'),
        ('=1000', '=4'),
        ('scale=224', 'scale=64'),
        ('scale=256', 'scale=72'),
        ('crop_size=224', 'crop_size=64'),
        ('in_channels=1024', 'in_channels=16'),
        ("'work_dirs/", f"'{root}/runs/"),
        ('epoch_50.pth', 'epoch_1.pth'),
        ("type='AnSSHook'", "type='AnSSHook', num_workers=0"),
    ):
        text = text.replace(old, new)
    return Config.fromstring(text, '.py')


@pytest.mark.slow
def test_the_recipe_trains_small(tmp_path):
    """Both ImageNet-LT recipes with their pipelines, losses and schedules,
    on four classes and a tiny tower."""
    write_data(tmp_path / 'data')
    init_default_scope('mmpretrain')
    for stage in ('cvlp', 'vlltr'):
        cfg = shrink(load(f'{stage}_r50_imagenet_lt'), tmp_path)
        runner = Runner.from_cfg(cfg)
        runner.train()
        assert (Path(cfg.work_dir) / 'epoch_1.pth').is_file()
    metrics = runner.test()
    assert 0 <= metrics['accuracy/top1'] <= 100
    assert runner.model.head.anchor_mask.any(1).all()
