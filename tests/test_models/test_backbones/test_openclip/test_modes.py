"""Frozen towers, BatchNorm in eval, checkpointing, copies."""

import copy

import pytest
import torch
from clip_files import SIZES, TOLERANCE, images, text, tiny_clip, tiny_tokens, vision, write_openai
from torch import nn


@pytest.mark.parametrize('kind', SIZES)
def test_frozen(kind):
    backbone = vision(kind, frozen=True)
    backbone.train()
    assert not any(m.training for m in backbone.modules())
    assert not any(p.requires_grad for p in backbone.parameters())
    before = copy.deepcopy(backbone.state_dict())
    x = images(kind).requires_grad_()
    assert not backbone(x)[0].requires_grad
    assert torch.is_grad_enabled()
    after = backbone.state_dict()
    assert all(torch.equal(after[k], v) for k, v in before.items())


def test_a_frozen_resnet_runs_channels_last(tmp_path):
    clip = tiny_clip('resnet')
    write_openai(tmp_path / 'clip.pt', clip)
    plain = vision('resnet', pretrained=str(tmp_path / 'clip.pt')).eval()
    plain.init_weights()
    frozen = vision('resnet', pretrained=str(tmp_path / 'clip.pt'), frozen=True)
    frozen.init_weights()
    seen = []
    frozen.visual.layer1.register_forward_hook(lambda module, inputs, output: seen.append(output))
    x = images('resnet')
    torch.testing.assert_close(frozen(x)[0], plain(x)[0], rtol=1e-5, **TOLERANCE)
    assert seen[0].is_contiguous(memory_format=torch.channels_last)
    assert not seen[0].requires_grad
    weight = frozen.visual.layer1[0].conv2.weight
    assert weight.is_contiguous(memory_format=torch.channels_last)


def test_frozen_text():
    backbone = text(frozen=True).train()
    assert not backbone.training
    assert not backbone(tiny_tokens())[0].requires_grad


def test_norm_eval():
    backbone = vision('resnet', norm_eval=True).train()
    norms = [m for m in backbone.modules() if isinstance(m, nn.BatchNorm2d)]
    assert norms and not any(m.training for m in norms)
    assert backbone.training and backbone.visual.layer1.training
    assert all(m.weight.requires_grad for m in norms)
    before = copy.deepcopy(backbone.state_dict())
    assert set(before) == set(vision('resnet').state_dict())
    backbone(images('resnet'))[0].sum().backward()
    for key, value in backbone.state_dict().items():
        assert torch.equal(value, before[key])
    plain = vision('resnet').train()
    plain(images('resnet'))
    assert plain.visual.bn1.num_batches_tracked == 1


@pytest.mark.parametrize('kind', [*SIZES, 'text'])
def test_grad_checkpointing_changes_nothing(kind):
    make, x = (
        (text, tiny_tokens(width=16))
        if kind == 'text'
        else (lambda **kwargs: vision(kind, **kwargs), images(kind, n=4))
    )
    plain, frugal = make().train(), make(grad_checkpointing=True).train()
    source = tiny_clip('resnet' if kind == 'resnet' else 'vit').state_dict()
    prefix = '' if kind == 'text' else 'visual.'
    state = {k[len(prefix) :]: v for k, v in source.items()}
    for backbone in (plain, frugal):
        own = backbone.tower.state_dict()
        backbone.tower.load_state_dict({k: v for k, v in state.items() if k in own})
    kept = []
    results = []
    for backbone in (plain, frugal):
        kept.append(0)

        def keep(tensor):
            kept[-1] += tensor.numel()
            return tensor

        with torch.autograd.graph.saved_tensors_hooks(keep, lambda t: t):
            (out,) = backbone(x)
        out.square().sum().backward()
        results.append([out, *(p.grad for p in backbone.parameters()), *backbone.buffers()])
    assert kept[1] < 0.6 * kept[0]
    for mine, other in zip(*results):
        assert torch.allclose(mine, other, atol=1e-5, rtol=1e-4)
    if kind == 'resnet':
        assert frugal.visual.layer1[0].bn1.num_batches_tracked == 1
        assert frugal.visual.layer1[0].bn1.track_running_stats


@pytest.mark.parametrize(
    'make', [vision, text, lambda: vision('resnet')], ids=['vit', 'text', 'resnet']
)
def test_copies_and_round_trips(make, tmp_path):
    backbone = make().eval()
    x = (
        tiny_tokens()
        if hasattr(backbone, 'text')
        else images('vit' if hasattr(backbone.visual, 'class_embedding') else 'resnet')
    )
    torch.save(backbone.state_dict(), tmp_path / 'a.pth')
    other = make().eval()
    assert not torch.equal(other(x)[0], backbone(x)[0])
    other.load_state_dict(torch.load(tmp_path / 'a.pth', weights_only=True))
    assert torch.equal(other(x)[0], backbone(x)[0])
    twin = copy.deepcopy(backbone)
    assert torch.equal(twin(x)[0], backbone(x)[0])
    with torch.no_grad():
        for parameter in twin.parameters():
            parameter.add_(0.1)
    assert torch.equal(other(x)[0], backbone(x)[0])
