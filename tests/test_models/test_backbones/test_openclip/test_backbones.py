"""The towers against open_clip's whole model, and their errors."""

import pytest
import torch
from clip_files import (
    SIZES,
    TOLERANCE,
    WRITERS,
    images,
    text,
    tiny_arch,
    tiny_clip,
    tiny_tokens,
    vision,
    write_openai,
)
from mmpretrain.registry import MODELS
from torch import nn

from vlltr_mm.models import OpenCLIPVisionBackbone


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
