"""Costs on paper are those of the formulas, part by part."""

import io
import time

import clip_files
import pytest
import torch
from mmengine.config import Config
from mmpretrain.registry import MODELS
from rich.console import Console
from torch import nn

from vlltr_mm.apis.checks import Card, print_paper_cost, recipe_cost
from vlltr_mm.apis.checks.cost import published_size
from vlltr_mm.apis.checks.operations import count_operations
from vlltr_mm.apis.checks.paper_cost import StageCost, paper_recipe, stage_cost
from vlltr_mm.apis.running import find_config
from vlltr_mm.models import OpenCLIPVisionBackbone

ADAMW = dict(type='AdamW', lr=0.1)


@MODELS.register_module()
class BiasOnlyBackbone(OpenCLIPVisionBackbone):
    """A tower of which only the biases are trained."""

    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        for name, parameter in self.named_parameters():
            parameter.requires_grad_(name.endswith('bias'))


def config(kind='vit', optimizer=ADAMW, head=None, classes=5, **tower):
    backbone = dict(type='OpenCLIPVisionBackbone', arch=clip_files.tiny_arch(kind)) | tower
    head = head or dict(type='LinearClsHead')
    return Config(
        dict(
            model=dict(
                type='ImageClassifier',
                backbone=backbone,
                head=dict(num_classes=classes, in_channels=16) | head,
            ),
            train_cfg=dict(max_epochs=3),
            train_dataloader=dict(batch_size=4, dataset=dict(type='ImageNetLT')),
            optim_wrapper=dict(optimizer=optimizer),
        )
    )


def vit_macs(width, layers, patch, side, out):
    """Multiplications of a ViT of CLIP's, image by image."""
    places = (side // patch) ** 2
    total = places * 3 * patch**2 * width  # patches
    tokens = places + 1
    for _ in range(layers):
        total += 3 * tokens * width * width  # queries, keys, values
        total += 2 * tokens * tokens * width  # scores, and their sum of values
        total += tokens * width * width  # output projection
        total += 2 * tokens * width * 4 * width  # MLP
    return total + width * out  # of the class token


def resnet_macs(width, layers, side, out):
    """Multiplications of a ResNet of CLIP's."""
    places, total = (side // 2) ** 2, 0
    for before, after in ((3, width // 2), (width // 2, width // 2), (width // 2, width)):
        total += places * 9 * before * after
    places, before = places // 4, width
    for stage, blocks in enumerate(layers):
        planes = width * 2**stage
        for block in range(blocks):
            smaller = places // 4 if stage and not block else places
            total += places * before * planes + places * 9 * planes * planes
            total += smaller * planes * 4 * planes
            if not block:
                total += smaller * before * 4 * planes  # the way around
            before, places = 4 * planes, smaller
    tokens = places + 1
    total += 3 * tokens * before * before + 2 * tokens * tokens * before
    return total + tokens * before * out


def first_layer_macs(cfg):
    """Multiplications for the image's gradient, which nobody asks for."""
    vision = cfg.model.backbone.arch.vision_cfg
    if 'patch_size' in vision:
        return (vision.image_size // vision.patch_size) ** 2 * 3 * vision.patch_size**2 * 32
    return (vision.image_size // 2) ** 2 * 9 * 3 * vision.width // 2


VIT = vit_macs(32, 2, 8, 32, 16)
RESNET = resnet_macs(8, (1, 1, 1, 1), 64, 16)
HEAD = 16 * 5


@pytest.mark.parametrize('kind, macs', [('vit', VIT), ('resnet', RESNET)])
def test_a_trained_tower_takes_three_forward_passes(kind, macs):
    cost = stage_cost(config(kind))
    assert cost.forward == {'image tower': 2 * macs, 'head': 2 * HEAD}
    assert cost.training == 2 * (3 * macs - first_layer_macs(config(kind)) + 3 * HEAD)


def test_literals():
    assert 2 * VIT == 1_107_200 and 2 * HEAD == 160
    frozen = stage_cost(config(frozen=True))
    # The head's gradient of its weights, and none of the tower.
    assert (frozen.trained, frozen.training) == (85, 1_107_200 + 2 * 160)


def test_a_tower_of_full_size():
    started = time.process_time()
    cost = stage_cost(Config.fromfile(find_config('vlltr_vit-b16_imagenet_lt')))
    assert time.process_time() - started < 3
    assert cost.forward['image tower'] == 2 * vit_macs(768, 12, 16, 224, 512) == 35_126_906_880
    assert cost.trained == 3_625_448


def test_a_tuned_tower_goes_back_once():
    plain = stage_cost(config())
    tuned = stage_cost(config(type='BiasOnlyBackbone'))
    assert tuned.forward == plain.forward
    # Gradients of activations, from the first bias (before the blocks) on, and of two matrices
    # inside attention, each of which has two.
    inner = 2 * 2 * 2 * 17 * 17 * 32
    back = 2 * (VIT - first_layer_macs(config())) + inner
    assert tuned.training == 2 * (VIT + 3 * HEAD) + back
    assert 0.85 < back / (2 * VIT) < 1.1  # the rule that is printed


def test_groups_of_a_convolution_count_once():
    class Grouped(nn.Module):
        def __init__(self):
            super().__init__()
            self.backbone = nn.Sequential(nn.Conv2d(3, 8, 1), nn.Conv2d(8, 8, 3, groups=4))

        def extract_feat(self, inputs):
            return self.backbone(inputs)

    cfg = Config(dict(model=dict(type='x'), train_dataloader=dict(dataset=dict(type='x'))))
    with torch.device('meta'):
        parts, training = count_operations(Grouped(), cfg, trains=True)
    first, second = 224 * 224 * 3 * 8, 222 * 222 * 9 * 2 * 8
    assert parts == {'image tower': 2 * (first + second)}
    assert training == 2 * (2 * first + 3 * second)


@pytest.mark.parametrize('kind', ['LGRHead', 'AdditiveLGRHead'])
def test_the_head_with_anchors(kind):
    cfg = config(frozen=True, head=dict(type=kind, num_anchors=3))
    cost = stage_cost(cfg)
    classes, anchors, dims = 5, 3, 16
    if kind == 'LGRHead':
        visual = 4 * dims * dims + 4 * dims * classes
        visual_back = visual + 4 * dims * classes  # of the weights, and of the hidden layer
    else:
        visual = visual_back = dims * classes
    language = 2 * dims * dims  # both projections, of the query
    language += 2 * classes * anchors * dims  # anchors with query and image
    language += classes * anchors * anchors  # the Gram matrix with the attention
    assert cost.forward['head'] == 2 * (visual + language)
    # Weights and inputs of the projections, and both slopes with the anchors.
    language_back = 4 * dims * dims + 2 * classes * anchors * dims
    backward = cost.training - sum(cost.forward.values())
    assert backward == 2 * (visual_back + language_back)
    assert cost.state['weights and anchors'] > 4 * classes * anchors * dims


def test_stage_1_has_two_towers_and_a_teacher():
    cfg = Config.fromfile(find_config('demo/cvlp_tiny-clip_cifar100_lt'))
    cfg.custom_hooks = []
    looked_up = cfg.copy()
    looked_up.custom_hooks = [dict(type='TeacherTextBankHook')]
    encoded, found = stage_cost(cfg), stage_cost(looked_up)
    image, text = encoded.forward['image tower'], encoded.forward['text tower']
    assert (encoded.forward['teacher'], found.forward['teacher']) == (image + text, image)
    assert encoded.training - found.training == text
    chunked = cfg.copy()
    chunked.model.chunk_size = cfg.train_dataloader.batch_size - 1
    chunked.model.vision_backbone.norm_eval = True
    assert stage_cost(chunked).training - encoded.training == image + text
    pixels = 4 * 6  # their mean and deviation
    assert encoded.state['teacher'] + pixels == encoded.state['weights and anchors']


@pytest.mark.parametrize(
    'optimizer, copies',
    [(ADAMW, 2), (dict(type='SGD', lr=0.1, momentum=0.9), 1), (dict(type='SGD', lr=0.1), 0)],
)
def test_state(optimizer, copies):
    cost = stage_cost(config(frozen=True, optimizer=optimizer))
    tower = sum(p.numel() for p in clip_files.vision().parameters())
    weights = 4 * (tower + 85) + 1  # and the activation's record
    assert cost.state == {
        'weights and anchors': weights,
        'gradients': 4 * 85,
        'optimizer': 4 * 85 * copies,
    }


def test_hours_are_operations_by_the_rate_that_is_named():
    card = Card('X', tflops=100, utilisation=0.5)
    cost = StageCost('x.py', training=50 * 10**9, images=36_000)
    assert cost.gpu_hours(card) == pytest.approx(36_000 * 50e9 / 50e12 / 3600) == 0.01
    assert str(card) == '50% of 100 TFLOP/s (X)'
    assert StageCost('x.py', training=1).gpu_hours(card) is None


def test_images_of_a_training():
    assert stage_cost(config(), size=7).images == 3 * 7
    assert stage_cost(config()).images is None  # five classes are no ImageNet-LT
    assert (
        stage_cost(config(classes=1000)).images
        == 3 * 115_846
        == 3 * published_size(config(classes=1000))
    )
    drawn = config()
    drawn.train_dataloader.sampler = dict(num_samples=11)
    assert stage_cost(drawn, size=7).images == 3 * 11
    counted = config()
    counted.train_cfg = dict(by_epoch=False, max_iters=10)
    assert stage_cost(counted, num_gpus=2).images == 10 * 4 * 2


@pytest.mark.parametrize('length', [None, dict(max_epochs=0)])
def test_nothing_trained_costs_no_training(length):
    cfg = config()
    cfg.train_cfg = length
    cost = stage_cost(cfg)
    assert (cost.trained, cost.training, cost.images) == (0, 0, None)
    assert set(cost.state) == {'weights and anchors'}


@pytest.mark.parametrize(
    'name, found',
    [
        ('ce_r50_imagenet_lt', 'vlltr_r50_imagenet_lt'),
        ('additive_vit-b16_inat18', 'vlltr_vit-b16_inat18'),
        ('vlltr_vit-b16-384_inat18', 'vlltr_vit-b16-384_inat18'),
        ('vlltr_tiny_shapes_lt', None),
    ],
)
def test_the_paper_s_recipe(name, found):
    assert paper_recipe(Config.fromfile(find_config(name))) == found


@pytest.mark.slow
def test_a_recipe_beside_the_papers():
    cost = recipe_cost('additive_r50_imagenet_lt')
    titles = [stage.config.rpartition('/')[2] for stage in cost.stages + cost.paper]
    first = 'cvlp_r50_imagenet_lt.py'
    assert titles == [first, 'additive_r50_imagenet_lt.py', first, 'vlltr_r50_imagenet_lt.py']
    console = Console(file=io.StringIO(), width=250)
    print_paper_cost(cost, console, Card(utilisation=0.2))
    text = console.file.getvalue()
    assert 'an estimate on paper, of training alone at 20% of 312 TFLOP/s' in text
    hours = [line for line in text.splitlines() if 'GPU-hours' in line][0]
    both = [cost.stages[i].gpu_hours(Card(utilisation=0.2)) for i in (0, 1)]
    assert all(f' {value:.3g} ' in hours for value in (*both, sum(both)))
    assert "the paper's vlltr_r50_imagenet_lt" in text and "the paper's sum" in text
    assert recipe_cost('cvlp_r50_imagenet_lt').paper is None  # its own first stage


def test_what_cannot_be_counted_is_said(tmp_path):
    path = tmp_path / 'broken.py'
    path.write_text("model = dict(type='NoSuchModel')\ntrain_cfg = dict(max_epochs=1)\n")
    cost = recipe_cost(str(path))
    console = Console(file=io.StringIO(), width=250)
    print_paper_cost(cost, console)
    assert 'Note: The cost on paper is not counted: KeyError' in console.file.getvalue()
