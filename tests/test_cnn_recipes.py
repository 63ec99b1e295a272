"""The data sets of ResNets from scratch, step by step, against torchvision's form of them."""

import numpy as np
import pytest
import torch
from mmengine.config import Config
from mmengine.dataset import Compose
from mmengine.registry import init_default_scope
from mmpretrain.registry import MODELS
from PIL import Image
from repo import REPO
from torchvision import transforms

from vlltr_mm.apis.checks.schedule import simulate_schedule

ROOT = REPO / 'configs'
BASES = ROOT / '_base_' / 'datasets'
IMAGENET = ((0.485, 0.456, 0.406), (0.229, 0.224, 0.225))
# base: classes, mean and deviation, colour jitter
SETS = dict(
    imagenet_lt_cnn=(1000, IMAGENET, True),
    places_lt_cnn=(365, IMAGENET, True),
    inat18_cnn=(8142, ((0.466, 0.471, 0.380), (0.195, 0.194, 0.192)), False),
)


@pytest.fixture
def picture(tmp_path):
    pixels = np.random.default_rng(0).integers(0, 256, (300, 400, 3), dtype=np.uint8)
    path = tmp_path / 'a.png'
    Image.fromarray(pixels).save(path)
    return path


def seen(cfg, pipeline, path):
    """Return what the network gets of a file, (3, H, W)."""
    init_default_scope('mmpretrain')
    packed = Compose(pipeline)(dict(img_path=str(path), gt_label=0))
    preprocessor = MODELS.build(dict(cfg.data_preprocessor))
    return preprocessor(dict(inputs=[packed['inputs']]))['inputs'][0]


@pytest.mark.parametrize('name', SETS)
def test_a_test_image_is_torchvisions(name, picture):
    classes, (mean, deviation), _ = SETS[name]
    cfg = Config.fromfile(BASES / f'{name}.py')
    assert cfg.data_preprocessor.num_classes == classes
    field = transforms.Compose([
        transforms.Resize(256),
        transforms.CenterCrop(224),
        transforms.ToTensor(),
        transforms.Normalize(mean, deviation),
    ])  # fmt: skip
    for loader in (cfg.val_dataloader, cfg.test_dataloader):
        found = seen(cfg, loader.dataset.pipeline, picture)
        expected = field(Image.open(picture).convert('RGB'))
        torch.testing.assert_close(found, expected, atol=1e-5, rtol=0)


@pytest.mark.parametrize('name', SETS)
def test_a_training_image_is_cropped_mirrored_and_perhaps_jittered(name, picture):
    cfg = Config.fromfile(BASES / f'{name}.py')
    steps = {step.type: step for step in cfg.train_dataloader.dataset.pipeline}
    jitter = ['ColorJitter'] if SETS[name][2] else []
    assert [*steps] == [
        'LoadImageFromFile',
        'RandomResizedCrop',
        'RandomFlip',
        *jitter,
        'PackInputs',
    ]
    assert steps['RandomResizedCrop'].crop_ratio_range == (0.08, 1.0)
    if jitter:
        values = steps['ColorJitter']
        assert (values.brightness, values.contrast, values.saturation) == (0.4, 0.4, 0.4)
    assert seen(cfg, cfg.train_dataloader.dataset.pipeline, picture).shape == (3, 224, 224)
    assert cfg.train_dataloader.sampler == dict(type='DefaultSampler', shuffle=True)


def test_cifar_is_cropped_out_of_a_frame_of_zeros(tmp_path):
    path = tmp_path / 'a.png'
    Image.fromarray(np.full((32, 32, 3), 255, dtype=np.uint8)).save(path)
    cfg = Config.fromfile(BASES / 'cifar100_lt_32.py')
    mean, deviation = (0.4914, 0.4822, 0.4465), (0.2023, 0.1994, 0.2010)
    white = (1 - torch.tensor(mean)) / torch.tensor(deviation)
    black = -torch.tensor(mean) / torch.tensor(deviation)
    found = seen(cfg, cfg.test_dataloader.dataset.pipeline, path)
    torch.testing.assert_close(found, white.view(3, 1, 1).expand(3, 32, 32), atol=1e-5, rtol=0)
    np.random.seed(0)
    bands = set()
    for _ in range(40):
        view = seen(cfg, cfg.train_dataloader.dataset.pipeline, path)
        dark = torch.isclose(view, black.view(3, 1, 1), atol=1e-5).all(dim=0)
        light = torch.isclose(view, white.view(3, 1, 1), atol=1e-5).all(dim=0)
        assert (dark ^ light).all()
        bands.add(int(dark.all(dim=1).sum()))
    assert bands == {0, 1, 2, 3, 4}  # rows of the frame


def load(name):
    return Config.fromfile(next(ROOT.rglob(f'{name}.py')))


def rates(cfg):
    """Return the learning rate of each epoch."""
    model = torch.nn.Linear(1, 1)
    cfg.optim_wrapper.pop('paramwise_cfg', None)
    _, found = simulate_schedule(cfg, model, epoch_length=3)
    return [float(rate[0]) for rate in found]


# config: classes, experts, global batch, weight decay, epochs, first and largest
# learning rate, that of the last epoch
TRAINED = {
    'ride-teacher_x50_imagenet_lt': (1000, 6, 256, 2e-4, 100, 0.02, 0.1, 1e-3),
    'ride-distilled_x50_imagenet_lt': (1000, 4, 256, 2e-4, 100, 0.02, 0.1, 1e-3),
    'ride-teacher_r50_inat18': (8142, 6, 512, 2e-4, 100, 0.04, 0.2, 2e-3),
    'ride-distilled_r50_inat18': (8142, 4, 512, 2e-4, 100, 0.04, 0.2, 2e-3),
    'sade_x50_imagenet_lt': (1000, 3, 64, 5e-4, 180, 0.025, 0.025, 1.9e-6),
    'sade_r152_places_lt': (365, 3, 128, 4e-4, 30, 1e-3, 1e-3, 1e-5),
    'sade_r50_inat18': (8142, 3, 512, 2e-4, 100, 0.04, 0.2, 2e-3),
}


@pytest.mark.parametrize('name', TRAINED)
def test_values_of_the_authors(name):
    classes, experts, batch, decay, epochs, first, largest, last = TRAINED[name]
    cfg = load(name)
    head, optimizer = cfg.model.head, cfg.optim_wrapper.optimizer
    assert (head.num_classes, cfg.data_preprocessor.num_classes) == (classes, classes)
    assert head.num_experts == cfg.model.backbone.num_experts == experts
    assert 8 * cfg.train_dataloader.batch_size == batch
    assert (optimizer.type, optimizer.momentum, optimizer.nesterov) == ('SGD', 0.9, True)
    assert optimizer.weight_decay == decay and cfg.train_cfg.max_epochs == epochs
    found = rates(cfg)
    assert found[0] == pytest.approx(first) and max(found) == pytest.approx(largest)
    assert found[-1] == pytest.approx(last, rel=0.01)
    if 'ride' in name:
        assert found[59] == pytest.approx(largest) and found[60] == pytest.approx(largest / 10)
        loss = head.loss
        assert (loss.diversity, loss.mean_over) == ('mean', 'weights')
        assert loss.diversity_weight == 0.2
        assert loss.temperature_factor == (0.02 if classes == 1000 else 0.015)
        assert cfg.custom_hooks == [dict(type='DeferredReweightingHook', begin=80)]
    else:
        assert head.loss == dict(
            type='DiverseExpertLoss',
            class_counts=cfg.class_counts,
            tau=2.0 if classes == 1000 else 1.0,
        )
    assert not cfg.model.backbone.zero_init_residual and head.scale == 30


@pytest.mark.parametrize('data', ['x50_imagenet_lt', 'r50_inat18'])
def test_stages_of_ride(data):
    teacher, student, router = (load(f'ride{s}_{data}') for s in ('-teacher', '-distilled', ''))
    assert student.model.teacher == teacher.model
    model = student.model
    assert (model.temperature, model.expert_scale, model.teacher_eval) == (1.5, 'official', False)
    assert router.model.head.num_logits == 50 and router.model.backbone.frozen
    assert router.model.head.num_classes == student.model.head.num_classes
    assert router.train_dataloader.sampler == dict(type='ClassBalancedSampler', power=0)
    assert router.optim_wrapper.optimizer.lr == 0.01 and len(rates(router)) == 5


def test_heads_of_places_learn_ten_times_faster():
    cfg = load('sade_r152_places_lt')
    init_default_scope('mmpretrain')
    small = dict(cfg.model, backbone=dict(type='ExpertCIFARResNet', depth=8))
    small['head'] = dict(small['head'], in_channels=48)
    small['head']['loss'] = dict(small['head']['loss'], class_counts=[2] * 365)
    groups, _ = simulate_schedule(cfg, MODELS.build(small), epoch_length=1)
    for group in groups:
        for name in group.names:
            assert group.lr == (0.01 if name.startswith('head.fcs') else 0.001), name
            assert group.weight_decay == 4e-4


def test_weights_of_experts_are_learned_as_the_model_was():
    for data in ('x50_imagenet_lt', 'r32_cifar100_lt'):
        trained, tested = load(f'sade_{data}'), load(f'sade-forward50_{data}')
        (hook,) = tested.custom_hooks
        assert tested.train_cfg is None and hook.type == 'TestTimeAggregationHook'
        wanted = dict(trained.optim_wrapper.optimizer)
        assert hook.optimizer == wanted
        assert dict(tested.model, pretrained=None) == dict(trained.model, pretrained=None)
        assert tested.test_dataloader.dataset.ann_file.endswith('_forward50.txt')


@pytest.mark.parametrize('name', SETS)
def test_two_views_are_made_of_a_test_image(name, picture):
    cfg = Config.fromfile(BASES / f'{name}.py')
    pipeline = [
        dict(type='LoadImageFromFile'),
        dict(type='MultiView', num_views=[2], transforms=[cfg.steady_view]),
        dict(type='PackInputs'),
    ]
    init_default_scope('mmpretrain')
    for _ in range(4):  # jitter and the like come and go
        first, second = Compose(pipeline)(dict(img_path=str(picture), gt_label=0))['inputs']
        assert first.shape == second.shape == (3, 224, 224) and not torch.equal(first, second)


SMALL = ('ce', 'la', 'sade', 'ride-teacher', 'ride-distilled')


def test_small_rows_are_trained_alike():
    rows = [load(f'{name}_r32_cifar100_lt') for name in SMALL]
    for cfg in rows[1:]:
        for key in ('train_dataloader', 'test_dataloader', 'train_cfg', 'param_scheduler'):
            assert cfg[key] == rows[0][key], key
        assert cfg.optim_wrapper == rows[0].optim_wrapper
