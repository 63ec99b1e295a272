"""Costs on paper of trainings that take two images, two views, or a teacher."""

import pytest
import torch
from mmengine.config import Config
from mmengine.registry import init_default_scope
from mmpretrain.registry import MODELS
from torch import nn

from vlltr_mm.apis.checks.paper_cost import stage_cost
from vlltr_mm.apis.running import find_config


def load(row):
    init_default_scope('mmpretrain')
    cfg = Config.fromfile(find_config(f'{row}_r32_cifar100_lt'))
    cfg.model.data_preprocessor = None
    return cfg


def operations(module, run):
    """Count two for each product of convolutions and layers that a real run does, by hooks."""
    total = 0

    def add(layer, _, out):
        nonlocal total
        places = out.shape[2:].numel() if isinstance(layer, nn.Conv2d) else 1
        total += 2 * len(out) * places * layer.weight.numel()

    layers = [m for m in module.modules() if isinstance(m, (nn.Conv2d, nn.Linear))]
    handles = [layer.register_forward_hook(add) for layer in layers]
    run()
    for handle in handles:
        handle.remove()
    return total


IMAGE = torch.zeros(1, 3, 32, 32)


def test_a_pair_of_bbn_is_two_images_and_each_branch_once():
    cfg = load('bbn')
    cost, model = stage_cost(cfg), MODELS.build(cfg.model).eval()
    one = operations(model, lambda: model.backbone(IMAGE, branch='conventional'))
    other = operations(model, lambda: model.backbone(IMAGE, branch='rebalancing'))
    both = operations(model, lambda: model.backbone(IMAGE))
    assert cost.forward['image tower'] == one + other > both
    assert cost.forward['head'] == 2 * 128 * 100


@pytest.mark.parametrize('row', ['paco', 'gpaco', 'ssd-stage1'])
def test_two_views_are_embedded_and_a_momentum_encoder_has_no_gradient(row):
    cfg = load(row)
    cost, model = stage_cost(cfg), MODELS.build(cfg.model).eval()
    view = operations(model, lambda: model.embed(model._parts(), IMAGE))
    heads = 2 if row == 'gpaco' else 1
    assert cost.forward == {'image tower': 2 * view, 'head': heads * 2 * 64 * 100}
    first = 2 * 32 * 32 * model.backbone.conv1.weight.numel()  # images have no gradient
    trained = heads * (3 * view - first + 3 * 2 * 64 * 100)
    assert cost.training == trained + (2 - heads) * view


@pytest.mark.parametrize('row, inputs', [('ride-distilled', 6 * 48), ('ssd-stage3', 64)])
def test_a_teacher_goes_forward_and_is_held(row, inputs):
    cfg = load(row)
    cost, teacher = stage_cost(cfg), MODELS.build(cfg.model.teacher).eval()
    tower = operations(teacher, lambda: teacher.extract_feat(IMAGE))
    assert cost.forward['teacher'] == tower + 2 * inputs * 100
    held = [*teacher.parameters(), *teacher.buffers()]
    assert cost.state['teacher'] == sum(t.numel() * t.element_size() for t in held)
    student = dict(cfg.model, type='ImageClassifier')
    for key in ('teacher', 'teacher_checkpoint', 'temperature', 'expert_scale', 'teacher_eval'):
        student.pop(key, None)
    alone = stage_cost(Config(dict(cfg, model=student)))
    assert cost.training == alone.training + cost.forward['teacher']
    assert cost.state['weights and anchors'] == alone.state['weights and anchors']


def test_the_size_of_a_crop_is_found_wherever_it_stands():
    """One transform in place of a list, or a name, is no pipeline to go down into."""
    cfg = load('paco')
    crop = dict(type='RandomResizedCrop', scale=24)
    pipeline = [
        dict(type='RandomApply', prob=0.5, transforms=dict(type='Normalize', mean='imagenet')),
        dict(type='MultiView', num_views=[2], transforms=[[crop, dict(type='RandomFlip')]]),
    ]
    cfg.train_dataloader.dataset.pipeline = pipeline
    model = MODELS.build(cfg.model).eval()
    image = torch.zeros(1, 3, 24, 24)
    view = operations(model, lambda: model.embed(model._parts(), image))
    assert stage_cost(cfg).forward['image tower'] == 2 * view
