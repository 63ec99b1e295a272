"""The class token before CLIP's output projection, against open_clip's own parts."""

import copy

import pytest
import torch
from clip_files import SIZES, TOLERANCE, images, tiny_arch, tiny_clip, vision, write_openai

from vlltr_mm.models import CVLP, OpenCLIPVisionBackbone

SEVERAL = dict(frozen=True), dict(grad_checkpointing=True), {}


@pytest.fixture
def clip_file(tmp_path):
    clip = tiny_clip(quick_gelu=True)
    path = str(tmp_path / 'clip.pt')
    write_openai(path, clip)
    return clip, path


@pytest.mark.parametrize('settings', SEVERAL, ids=str)
def test_class_token(clip_file, settings):
    clip, path = clip_file
    backbone = vision(pretrained=path, out_type='cls_token', **settings)
    backbone.init_weights()
    x = images()
    (feats,) = backbone(x)
    tokens = clip.visual.transformer(clip.visual._embeds(x))  # (N, 1 + patches, W)
    normed = clip.visual.ln_post(tokens[:, 0])
    assert torch.allclose(feats, normed, **TOLERANCE)
    assert feats.shape == (2, 32) and backbone.embed_dims == 32
    # P leads to CLIP's own embedding.
    assert torch.allclose(feats @ backbone.projection, clip.encode_image(x), **TOLERANCE)


def test_the_weights_are_those_of_the_embedding(clip_file):
    _, path = clip_file
    plain, backbone = vision(pretrained=path), vision(pretrained=path, out_type='cls_token')
    for tower in (plain, backbone):
        tower.init_weights()
    assert plain.projection is None and plain.embed_dims == 16
    assert list(plain.state_dict()) == list(backbone.state_dict())
    plain.load_state_dict(backbone.state_dict())
    trained = [n for n, p in backbone.named_parameters() if not p.requires_grad]
    assert trained == ['visual.proj']


@pytest.mark.parametrize('settings', SEVERAL, ids=str)
def test_gradients(settings):
    torch.manual_seed(0)
    backbone = vision(out_type='cls_token', **settings).train()
    other = vision(out_type='cls_token').train()
    other.load_state_dict(copy.deepcopy(backbone.state_dict()))
    x = images()
    out = backbone(x)[0]
    if settings.get('frozen'):
        assert not out.requires_grad
        return
    out.square().sum().backward()
    other(x)[0].square().sum().backward()
    for (name, p), (_, q) in zip(backbone.named_parameters(), other.named_parameters()):
        # DDP takes no parameter that is trained and gets no gradient.
        assert (p.grad is None) == (name == 'visual.proj') == (not p.requires_grad), name
        assert p.grad is None or torch.equal(p.grad, q.grad), name


POOLS = dict(pool_type='avg'), dict(attentional_pool=True)


@pytest.mark.parametrize('pool', [None, *POOLS], ids=str)
def test_towers_without_it(pool):
    arch = tiny_arch('vit' if pool else 'resnet')
    arch['vision_cfg'].update(pool or {})
    with pytest.raises(ValueError, match="Use out_type='embedding'") as info:
        OpenCLIPVisionBackbone(arch, out_type='cls_token')
    assert ('attention pool' in str(info.value)) == (pool is None)
    assert repr(arch) in str(info.value)


@pytest.mark.parametrize('kind', SIZES)
def test_unknown_type(kind):
    with pytest.raises(ValueError, match="out_type is 'token'; allowed are 'embedding' and"):
        vision(kind, out_type='token')


def test_stage_one_takes_the_embedding():
    towers = dict(arch=tiny_arch())
    with pytest.raises(ValueError, match='vision_backbone gives 32-d'):
        CVLP(
            dict(type='OpenCLIPVisionBackbone', out_type='cls_token', **towers),
            dict(type='OpenCLIPTextBackbone', **towers),
        )
