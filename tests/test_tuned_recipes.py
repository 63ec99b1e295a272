"""The recipes of VL-LTR on tuned towers, value by value."""

import pytest
import torch
from mmengine.config import Config
from mmengine.registry import init_default_scope
from repo import REPO

from vlltr_mm.apis.checks.schedule import iters_per_epoch, simulate_schedule
from vlltr_mm.apis.running.config import stage_before
from vlltr_mm.utils.model import build_model

ROOT = REPO / 'configs' / 'tuned'
# data set: classes, training images, AdaptFormer's numbers of the image and the text tower
SETS = dict(
    imagenet_lt=(1000, 115846, 617868, 412044),
    places_lt=(365, 62500, 175212, 116844),
    inat18=(8142, 437513, 4749324, 3167244),
)


def numbers(width, bottleneck, blocks=12):
    """Count what AdaptFormer trains, by the formula of its page."""
    return blocks * (3 * width + 2 * width * bottleneck + bottleneck + 1)


def load(stage, data):
    return Config.fromfile(ROOT / f'{stage}-tuned_vit-b16_{data}.py')


def on_meta(cfg):
    """Build a model without memory."""
    init_default_scope('mmpretrain')
    with torch.device('meta'):
        return build_model(cfg)


@pytest.mark.parametrize('data', SETS)
def test_stage_1(data):
    cfg, classes = load('cvlp', data), SETS[data][0]
    for tower in (cfg.model.vision_backbone, cfg.model.text_backbone):
        assert tower.tuner == dict(type='AdaptFormer', num_classes=classes)
        assert tower.pretrained == 'data/clip/ViT-B-16.pt'
    assert not cfg.model.teacher and cfg.model.ccl_weight == 1
    assert cfg.train_cfg.max_epochs == 10 and cfg.train_dataloader.batch_size == 256
    (_, hook) = cfg.custom_hooks
    assert hook.selector == dict(type='AnSS', num_anchors=64)
    assert hook.images == 'train_dataloader'


@pytest.mark.parametrize('data', SETS)
def test_stage_2(data):
    cfg, (classes, size, *_) = load('vlltr', data), SETS[data]
    head, tower = cfg.model.head, cfg.model.backbone
    loss = dict(type='LogitAdjustedLoss', tau=1.0, class_counts=cfg.class_counts)
    assert (head.type, head.num_classes, head.loss) == ('AdditiveLGRHead', classes, loss)
    assert tower.tuner == dict(type='AdaptFormer', num_classes=classes) and not tower.frozen
    assert cfg.model.train_cfg is None
    before = Config.fromfile(stage_before(cfg))
    assert tower.pretrained == f'{before.work_dir}/epoch_{before.train_cfg.max_epochs}.pth'
    assert head.anchors == f'{before.work_dir}/anchors.safetensors'
    assert tower.tuner == before.model.vision_backbone.tuner, 'the stages are tuned alike'
    loader = cfg.train_dataloader
    assert loader.sampler == dict(type='DefaultSampler', shuffle=True), 'the prior is n'
    assert iters_per_epoch(size, loader, num_gpus=1) == -(-size // 128)
    assert loader.dataset.pipeline[1].type == 'ShrinkingSquareCrop'


def test_rates():
    """Stage 1 warms up for an epoch; stage 2 has LIFT's cosine, and the attention a thousandth."""
    cfg = load('cvlp', 'places_lt')
    _, rates = simulate_schedule(cfg, torch.nn.Linear(2, 2), epoch_length=50)
    rates = [rate for (rate, *_) in rates]
    assert rates[:2] == pytest.approx([1e-5, 5e-4], rel=1e-6)
    assert len(rates) == 10 and sorted(rates[1:], reverse=True) == rates[1:] and rates[9] < 2e-5
    cfg = load('vlltr', 'places_lt')
    groups, rates = simulate_schedule(cfg, on_meta(cfg), epoch_length=3)
    expected = torch.tensor([0.01, 0.009045, 0.006545, 0.003455, 0.000955])
    for group, own in zip(groups, zip(*rates), strict=True):
        slow = all(name.startswith(('head.norm_', 'head.proj_')) for name in group.names)
        assert torch.tensor(own) / (1e-3 if slow else 1) == pytest.approx(expected, abs=5e-7)
        assert group.weight_decay == (0 if slow else 5e-4)
    names = [name for group in groups for name in group.names]
    assert all(name.startswith(('backbone.tuner.', 'head.')) for name in names)


@pytest.mark.parametrize('data', SETS)
def test_numbers_trained(data):
    classes, _, vision, text = SETS[data]
    bottleneck = {1000: 32, 365: 8, 8142: 256}[classes]
    assert (vision, text) == (numbers(768, bottleneck), numbers(512, bottleneck))
    model = on_meta(load('cvlp', data))
    trained = [
        sum(p.numel() for p in tower.parameters() if p.requires_grad)
        for tower in (model.vision_backbone, model.text_backbone)
    ]
    assert trained == [vision, text]
