"""Backbones of which the last stages are there several times."""

import pytest
import torch
from mmengine.runner import load_checkpoint
from mmpretrain.models import ResNet, ResNeXt
from mmpretrain.registry import MODELS

from vlltr_mm.models import CIFARResNet, ExpertCIFARResNet, ExpertResNet, ExpertResNeXt

SMALL = dict(stem_channels=16, base_channels=16)
GROUPED = dict(depth=50, groups=4, width_per_group=4, **SMALL)
# experts, their plain network, and the settings of both
KINDS = dict(
    resnet=(ExpertResNet, ResNet, dict(depth=18, **SMALL)),
    resnext=(ExpertResNeXt, ResNeXt, GROUPED),
    cifar=(ExpertCIFARResNet, CIFARResNet, dict(depth=8, channels=(8, 16, 32))),
)
each_kind = pytest.mark.parametrize('kind', KINDS)


def images(n=3):
    return torch.randn(n, 3, 32, 32, generator=torch.Generator().manual_seed(0))


def experts(kind, **settings):
    cls, _, own = KINDS[kind]
    return cls(**own, **settings)


@each_kind
def test_one_expert_of_full_width_is_the_plain_network(kind):
    built, (_, plain, settings) = experts(kind, num_experts=1, width=1), KINDS[kind]
    plain = plain(**settings)
    built.load_state_dict(plain.state_dict())
    for train in (False, True):
        built.train(train), plain.train(train)
        (found,), (expected,) = built(images()), plain(images())
        torch.testing.assert_close(found, expected)


@each_kind
def test_experts_share_the_first_stages_and_nothing_else(kind):
    built = experts(kind, num_experts=3).eval()
    maps = built(images())
    shared = built.shared(images())
    assert len(maps) == built.num_experts == 3
    for index in range(3):
        torch.testing.assert_close(maps[index], built.experts[index](shared))
    maps[1].sum().backward()
    touched = {n for n, p in built.named_parameters() if p.grad is not None}
    assert {n for n in touched if 'experts.' in n} == {
        n for n, _ in built.named_parameters() if 'experts.1.' in n
    }
    assert any('experts' not in n for n in touched)


def test_widths_and_sizes_of_the_papers(monkeypatch):
    """RIDE's ResNeXt-50: stages of 192 and 384 planes, inner width 32 groups of 4/64 of them."""
    for name in ('normal_', 'uniform_'):  # not to draw 40 million numbers
        monkeypatch.setattr(torch.Tensor, name, lambda self, *args, **kwargs: self)
    large = MODELS.build(dict(type='ExpertResNeXt', depth=50))
    small = MODELS.build(dict(type='ExpertCIFARResNet'))
    full = ExpertResNet(50, num_experts=1, width=1)
    expert = large.experts[2]
    assert [stage[0].conv3.out_channels for stage in expert] == [768, 1536]
    assert [(stage[0].conv2.out_channels, stage[0].conv2.groups) for stage in expert] == [
        (384, 32),
        (768, 32),
    ]
    assert [len(stage) for stage in expert] == [6, 3] and large.feat_dim == 1536
    assert expert.layer3[0].conv2.stride == expert.layer4[0].conv2.stride == (2, 2)
    assert [stage[0].conv2.out_channels for stage in small.experts[0]] == [24, 48]
    assert full.feat_dim == 2048


def test_stage_three_may_be_shared_too():
    built = ExpertResNet(18, shared_stages=3, **SMALL)
    assert [name for name, _ in built.experts[0].named_children()] == ['layer4']
    assert hasattr(built, 'layer3') and built(images())[0].shape[1] == 96


@each_kind
@pytest.mark.parametrize('width', [0.5, 1])
def test_a_plain_checkpoint_starts_each_expert_where_shapes_fit(kind, width, tmp_path):
    _, plain, settings = KINDS[kind]
    weights = plain(**settings).state_dict()
    torch.save(
        dict(state_dict={f'backbone.{k}': v for k, v in weights.items()}), tmp_path / 'a.pth'
    )
    built = experts(
        kind,
        num_experts=2,
        width=width,
        init_cfg=dict(type='Pretrained', checkpoint=str(tmp_path / 'a.pth'), prefix='backbone.'),
    )
    before = built.experts[0].state_dict()
    before = {name: tensor.clone() for name, tensor in before.items()}
    built.init_weights()
    torch.testing.assert_close(built.conv1.weight, weights['conv1.weight'])
    fitting = 0
    for expert in built.experts:
        for name, tensor in expert.state_dict().items():
            fits = weights[name].shape == tensor.shape
            fitting += fits
            if fits:
                assert torch.equal(tensor, weights[name]), name
    assert fitting == 2 * len(before) if width == 1 else fitting < 2 * len(before)
    if width < 1:
        assert torch.equal(
            built.experts[0].state_dict()[(name := 'layer3.0.conv2.weight')], before[name]
        )


@each_kind
def test_an_own_checkpoint_is_loaded_as_it_is(kind, tmp_path):
    first, second = (experts(kind, num_experts=2) for _ in range(2))
    torch.save(dict(state_dict=first.state_dict()), tmp_path / 'a.pth')
    load_checkpoint(second, str(tmp_path / 'a.pth'), strict=True)
    for name, tensor in second.state_dict().items():
        assert torch.equal(tensor, first.state_dict()[name])


@each_kind
def test_frozen_stays_as_it_is(kind):
    built = experts(kind, frozen=True).train()
    before = {name: tensor.clone() for name, tensor in built.state_dict().items()}
    maps = built(images())
    assert not maps[0].requires_grad and not built.training
    for name, tensor in built.state_dict().items():
        assert torch.equal(tensor, before[name])


@each_kind
def test_norm_eval_keeps_the_statistics(kind):
    built = experts(kind, norm_eval=True).train()
    before = built.state_dict()['experts.0.layer3.0.bn1.running_mean'].clone()
    built(images())
    assert torch.equal(built.state_dict()['experts.0.layer3.0.bn1.running_mean'], before)


@pytest.mark.parametrize(
    ('settings', 'message'),
    [
        (dict(num_experts=0), 'num_experts'),
        (dict(width=0.3), r'width is 0.3, which makes 19.2 channels of 64'),
        (dict(width=0), 'width is 0'),
        (dict(shared_stages=4), 'shared_stages'),
    ],
)
def test_refuses_what_is_no_such_backbone(settings, message):
    with pytest.raises(ValueError, match=message):
        ExpertResNet(18, **dict(dict(stem_channels=16, base_channels=16), **settings))


def test_has_no_layer_wise_decay():
    with pytest.raises(NotImplementedError, match='ExpertResNet has no layer-wise'):
        ExpertResNet(18, **SMALL).get_layer_depth('backbone.conv1.weight', 'backbone.')
