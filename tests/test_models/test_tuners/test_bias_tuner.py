"""Offsets of biases: which, and that they are the biases' own gradients."""

import pytest
import torch
from tuned_towers import KINDS, inputs, move, tower, twins

from vlltr_mm.models import OpenCLIPVisionBackbone
from vlltr_mm.models.tuners import BiasTuner


def path_of(tuned, number, name):
    """Name the parameter of the tower that an offset belongs to."""
    return f'{tuned.tuner.units[number]}.{name}'


def offsets(tuned):
    """Map the tower's names to the offsets."""
    return {
        path_of(tuned, number, name): parameter
        for number, part in enumerate(tuned.tuner.parts)
        for name, parameter in part.named_parameters()
    }


@pytest.mark.parametrize('kind', KINDS)
@pytest.mark.parametrize('tuner', ['bias', 'norm'])
def test_gradients_are_those_of_the_numbers_themselves(kind, tuner):
    plain, tuned = (backbone.double() for backbone in twins(kind, tuner))
    move(tuned)
    own = dict(plain.tower.named_parameters())
    with torch.no_grad():
        for name, offset in offsets(tuned).items():
            own[name].add_(offset)
    x = inputs(kind)
    x = x if kind == 'text' else x.double()
    results = []
    # A timm ViT's dropout and a ResNet's BatchNorm do nothing in training either.
    for backbone in (plain.eval(), tuned.train()):
        (feats,) = backbone(x)
        feats.square().sum().backward()
        results.append(feats.detach())
    torch.testing.assert_close(results[1], results[0], rtol=1e-9, atol=1e-11)
    for name, offset in offsets(tuned).items():
        torch.testing.assert_close(offset.grad, own[name].grad, rtol=1e-8, atol=1e-9)
    assert sum(offset.grad.abs().sum() for offset in offsets(tuned).values()) > 0


def test_which_numbers_of_a_transformer():
    biases = ['ln_1', 'attn.in_proj', 'attn.out_proj', 'ln_2', 'mlp.c_fc', 'mlp.c_proj']
    expected = {
        f'transformer.resblocks.{i}.{name}{"_" if name.endswith("in_proj") else "."}bias'
        for i in range(2)
        for name in biases
    }
    assert set(offsets(tower('text', 'bias'))) == expected
    norms = {f'transformer.resblocks.{i}.ln_{j}.weight' for i in range(2) for j in (1, 2)}
    assert set(offsets(tower('text', 'norm'))) == expected | norms


def test_which_numbers_of_a_resnet():
    own = dict(tower('resnet').visual.named_parameters())
    assert set(offsets(tower('resnet', 'bias'))) == {n for n in own if n.endswith('bias')}
    found = set(offsets(tower('resnet', 'norm')))
    norms = {n for n in found if n.endswith('weight')}
    assert norms == {n for n in own if own[n].ndim == 1 and n.endswith('weight')}
    assert {'bn1.weight', 'bn3.bias', 'layer4.0.bn2.weight', 'attnpool.c_proj.bias'} <= found


@pytest.mark.parametrize(
    'arch, norm_weights, numbers',
    [
        # 12 blocks of 768 + 3·768 + 768 + 768 + 4·768 + 768
        ('ViT-B-16', False, 101_376),
        ('ViT-B-16', True, 101_376 + 12 * 2 * 768),
        # channels of BatchNorm: 128 + 1,408 + 3,584 + 10,240 + 11,264; the pooling's biases:
        # 3·2048 + 1024
        ('RN50', False, 26_624 + 7_168),
        ('RN50', True, 2 * 26_624 + 7_168),
    ],
)
def test_numbers_trained_at_full_size(arch, norm_weights, numbers):
    with torch.device('meta'):
        tuned = OpenCLIPVisionBackbone(
            arch, tuner=dict(type='BiasTuner', norm_weights=norm_weights)
        )
    assert sum(p.numel() for p in tuned.parameters() if p.requires_grad) == numbers


def test_decay_draws_to_clip():
    tuned = move(tower('vit', 'bias'))
    optimizer = torch.optim.SGD(tuned.tuner.parameters(), lr=0.5, weight_decay=1.0)
    plain = tower('vit')
    plain.visual.load_state_dict(tuned.visual.state_dict())
    x, distances = inputs('vit'), []
    for _ in range(8):
        distances.append((tuned(x)[0] - plain(x)[0]).norm().item())
        for parameter in tuned.tuner.parameters():
            parameter.grad = torch.zeros_like(parameter)
        optimizer.step()
    assert distances == sorted(distances, reverse=True) and distances[-1] < 0.02 * distances[0]


def test_a_tower_without_biases():
    bare = torch.nn.Sequential(torch.nn.Linear(2, 2, bias=False))
    with pytest.raises(ValueError, match='Sequential has no biases that BiasTuner could train'):
        BiasTuner().attach(bare, ['0'])
