"""QuickGELU or GELU: what the weights were made with."""

import copy

import pytest
import torch
from clip_files import (
    TOLERANCE,
    images,
    text,
    tiny_arch,
    tiny_clip,
    tiny_tokens,
    vision,
    write_bare_state_dict,
    write_openai,
    write_stage1,
)
from open_clip.transformer import QuickGELU
from torch import nn

from vlltr_mm.models import CVLP, OpenCLIPVisionBackbone
from vlltr_mm.utils.warn_once import warn_once


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


@pytest.fixture
def warned(monkeypatch):
    """The warnings of a run, each once."""
    warn_once.cache_clear()
    messages = []
    monkeypatch.setattr(
        'vlltr_mm.utils.warn_once.print_log', lambda message, **_: messages.append(message)
    )
    yield messages
    warn_once.cache_clear()


def test_an_assumed_activation_is_said_once(tmp_path, warned):
    file = str(tmp_path / 'tuned.pt')
    write_bare_state_dict(file, tiny_clip())
    for make in (vision, text):
        make(pretrained=file).init_weights()
    assert len(warned) == 1
    assert f'{file} does not say' in warned[0] and 'GELU is assumed' in warned[0]
    assert 'quick_gelu=True' in warned[0]


def test_a_known_activation_is_not_warned_of(tmp_path, warned):
    bare, openai = str(tmp_path / 'tuned.pt'), str(tmp_path / 'clip.pt')
    write_bare_state_dict(bare, tiny_clip())
    write_openai(openai, tiny_clip())
    vision(pretrained=bare, quick_gelu=False).init_weights()
    OpenCLIPVisionBackbone(dict(tiny_arch(), quick_gelu=True), pretrained=bare).init_weights()
    vision(pretrained=openai).init_weights()
    write_bare_state_dict(bare, tiny_clip('resnet'))
    vision('resnet', pretrained=bare).init_weights()
    assert warned == []
