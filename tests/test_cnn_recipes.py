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
