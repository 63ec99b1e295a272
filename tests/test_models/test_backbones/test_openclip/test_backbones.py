import copy

import pytest
import torch
from clip_files import WRITERS, tiny_arch, tiny_clip, tiny_tokens, write_openai, write_stage1
from mmpretrain.registry import MODELS
from open_clip.transformer import QuickGELU
from torch import nn

from vlltr_mm.models import CVLP
from vlltr_mm.models.backbones import OpenCLIPTextBackbone, OpenCLIPVisionBackbone

SIZES = dict(vit=32, resnet=64)
TOLERANCE = dict(atol=2e-5)  # values up to 4, summed in another order


def vision(kind='vit', **kwargs):
    return OpenCLIPVisionBackbone(tiny_arch(kind), **kwargs)


def text(**kwargs):
    return OpenCLIPTextBackbone(tiny_arch(), **kwargs)


def images(kind='vit', n=2, size=None):
    size = size or SIZES[kind]
    generator = torch.Generator().manual_seed(1)
    return torch.randn(n, 3, size, size, generator=generator)


@pytest.mark.parametrize('kind', SIZES)
@pytest.mark.parametrize('form', WRITERS)
def test_image_outputs_equal_the_full_models(tmp_path, form, kind):
    clip = tiny_clip(kind, quick_gelu=form == 'openai')
    name, write = WRITERS[form]
    write(tmp_path / name, clip)
    backbone = vision(kind, pretrained=str(tmp_path / name)).eval()
    backbone.init_weights()
    outputs = backbone(images(kind))
    assert isinstance(outputs, tuple) and outputs[0].shape == (2, 16)
    assert torch.equal(outputs[0], clip.encode_image(images(kind)))
    scale = None if form == 'classifier' else clip.logit_scale.item()
    assert backbone.pretrained_logit_scale == scale
    assert (backbone.embed_dims, backbone.img_size) == (16, SIZES[kind])


@pytest.mark.parametrize('form', [f for f in WRITERS if f != 'classifier'])
def test_text_outputs_equal_the_full_models(tmp_path, form):
    clip = tiny_clip(quick_gelu=form == 'openai')
    name, write = WRITERS[form]
    write(tmp_path / name, clip)
    backbone = text(pretrained=str(tmp_path / name)).eval()
    backbone.init_weights()
    tokens = tiny_tokens()
    expected = clip.encode_text(tokens)
    for width in (77, 40, 12):
        (feats,) = backbone(tokens[:, :width])
        assert torch.allclose(feats, expected, **TOLERANCE)
    assert expected.abs().max() > 0.1
    assert not torch.allclose(
        backbone(tokens[:, :11])[0][1], expected[1], **TOLERANCE
    )  # its end is cut off


def test_tokens_too_wide():
    with pytest.raises(ValueError, match='are 78 wide, .* at most 77'):
        text()(torch.ones(1, 78, dtype=torch.long))


def test_text_towers_of_another_kind():
    arch = tiny_arch()
    for change in (
        dict(no_causal_mask=True),
        dict(pool_type='last'),
        dict(embed_cls=True),
        dict(proj_bias=True),
    ):
        arch['text_cfg'] = dict(tiny_arch()['text_cfg'], **change)
        with pytest.raises(ValueError, match="is not CLIP's"):
            OpenCLIPTextBackbone(arch)


def test_towers_that_also_give_tokens():
    arch = tiny_arch()
    arch['vision_cfg']['output_tokens'] = True
    assert OpenCLIPVisionBackbone(arch)(images())[0].shape == (2, 16)


def test_registered_by_name_and_free_of_files():
    for name in ('OpenCLIPVisionBackbone', 'OpenCLIPTextBackbone'):
        backbone = MODELS.build(dict(type=name, arch=tiny_arch(), pretrained='/not/there.pt'))
        with pytest.raises(FileNotFoundError, match='/not/there.pt'):
            backbone.init_weights()


def test_wrong_architecture_is_named(tmp_path):
    write_openai(tmp_path / 'clip.pt', tiny_clip('vit'))
    backbone = vision('resnet', pretrained=str(tmp_path / 'clip.pt'))
    with pytest.raises(
        ValueError,
        match=r'clip.pt and the vision tower of '
        r'arch=.* do not fit: \d+ missing \(.*Set arch',
    ):
        backbone.init_weights()


# Input sizes


@pytest.mark.parametrize('kind, size, rows', [('vit', 48, 37), ('resnet', 128, 17)])
def test_position_embeddings_fit_another_size(tmp_path, kind, size, rows):
    clip = tiny_clip(kind)
    name, write = WRITERS['bare']
    write(tmp_path / name, clip)
    backbone = vision(kind, pretrained=str(tmp_path / name), img_size=size)
    backbone.init_weights()
    assert backbone.img_size == size
    state = backbone.visual.state_dict()
    (key,) = (k for k in state if k.endswith('positional_embedding'))
    old = clip.visual.state_dict()[key]
    assert state[key].shape == (rows, old.shape[1])
    assert torch.equal(state[key][0], old[0])
    grid = round((len(old) - 1) ** 0.5)
    expected = nn.functional.interpolate(
        old[1:].reshape(1, grid, grid, -1).permute(0, 3, 1, 2),
        scale_factor=size / SIZES[kind],
        mode='bicubic',
        antialias=True,
    )
    assert torch.allclose(state[key][1:], expected[0].permute(1, 2, 0).flatten(0, 1), atol=1e-6)
    assert backbone.eval()(images(kind, size=size))[0].shape == (2, 16)


# Activation


def quick(backbone):
    kinds = {type(m) for m in backbone.modules()} & {QuickGELU, nn.GELU}
    assert len(kinds) == 1
    return kinds == {QuickGELU}


@pytest.mark.parametrize('make', [vision, text])
def test_openai_weights_switch_to_quick_gelu(tmp_path, make):
    write_openai(tmp_path / 'clip.pt', tiny_clip())
    backbone = make(pretrained=str(tmp_path / 'clip.pt'))
    assert not quick(backbone)
    backbone.init_weights()
    assert quick(backbone)
    # A checkpoint alone is enough.
    other = make()
    other.load_state_dict(backbone.state_dict())
    assert quick(other)
    assert quick(copy.deepcopy(other))


def test_teacher_and_stage1_follow(tmp_path):
    clip = tiny_clip(quick_gelu=True)
    write_openai(tmp_path / 'clip.pt', clip)
    source = dict(arch=tiny_arch(), pretrained=str(tmp_path / 'clip.pt'))
    cvlp = CVLP(
        dict(type='mmpretrain.OpenCLIPVisionBackbone', **source),
        dict(type='mmpretrain.OpenCLIPTextBackbone', **source),
    )
    cvlp.init_weights()
    expected = clip.encode_image(images())
    cvlp.eval()
    assert torch.equal(cvlp(images()), expected)
    for feats, full in zip(
        cvlp.teacher(images(), tiny_tokens()), (expected, clip.encode_text(tiny_tokens()))
    ):
        assert torch.allclose(feats, full, **TOLERANCE)
    torch.save(dict(state_dict=cvlp.state_dict()), tmp_path / 'epoch_1.pth')
    backbone = vision(pretrained=str(tmp_path / 'epoch_1.pth')).eval()
    backbone.init_weights()
    assert torch.equal(backbone(images())[0], expected)
    assert backbone.pretrained_logit_scale == clip.logit_scale.item()


def test_stage1_checkpoint_hands_the_activation_on(tmp_path):
    clip = tiny_clip(quick_gelu=True)
    write_stage1(tmp_path / 'a.pth', clip, quick_gelu=True)
    backbone = vision(pretrained=str(tmp_path / 'a.pth')).eval()
    backbone.init_weights()
    assert torch.equal(backbone(images())[0], clip.encode_image(images()))


def test_contradicted_quick_gelu(tmp_path):
    write_openai(tmp_path / 'clip.pt', tiny_clip())
    backbone = vision(pretrained=str(tmp_path / 'clip.pt'), quick_gelu=False)
    with pytest.raises(ValueError, match='quick_gelu is False, but .*clip.pt'):
        backbone.init_weights()
    with pytest.raises(ValueError, match='True, but the loaded state dict'):
        vision(quick_gelu=True).load_state_dict(vision().state_dict())


def test_resnet_has_no_activation_to_choose(tmp_path):
    write_openai(tmp_path / 'clip.pt', tiny_clip('resnet'))
    backbone = vision('resnet', pretrained=str(tmp_path / 'clip.pt'), quick_gelu=False)
    backbone.init_weights()
    assert all(k.startswith('visual.') for k in backbone.state_dict())


# Modes


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
