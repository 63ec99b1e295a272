import open_clip
import pytest
import torch
from clip_files import tiny_arch, tiny_clip, write_openai, write_safetensors
from torch import nn

from vlltr_mm.models.backbones.openclip.towers import (
    activations,
    build_tower,
    clip_config,
    load_clip_state,
    set_quick_gelu,
)


def count(module):
    return sum(p.numel() for p in module.parameters())


# The sizes of open_clip's model profile: image tower, text tower.
@pytest.mark.parametrize(
    'name, which, millions',
    [
        ('RN50', 'vision', 38.32),
        ('RN50', 'text', 63.69),
        ('ViT-B-16', 'vision', 86.19),
        ('ViT-B-16', 'text', 63.43),
    ],
)
def test_named_tower_alone(name, which, millions):
    with torch.device('meta'):
        tower = build_tower(name, which)
    assert count(tower) / 1e6 == pytest.approx(millions, abs=0.005)


def test_vit_b16_runs():
    x = torch.randn(1, 3, 224, 224)
    assert build_tower('ViT-B-16', 'vision').eval()(x).shape == (1, 512)


def test_quick_gelu_of_names_and_dicts():

    def kinds(arch, **kwargs):
        with torch.device('meta'):
            tower = build_tower(arch, 'text', **kwargs)
        return {type(getattr(p, n)).__name__ for p, n in activations(tower)}

    assert kinds('RN50') == {'GELU'}
    assert kinds('RN50-quickgelu') == {'QuickGELU'}
    assert kinds('RN50', quick_gelu=True) == {'QuickGELU'}
    assert kinds('RN50-quickgelu', quick_gelu=False) == {'GELU'}
    assert kinds(tiny_arch()) == {'GELU'}
    assert kinds(dict(tiny_arch(), quick_gelu=True)) == {'QuickGELU'}


def test_config_is_a_copy():
    arch = tiny_arch()
    clip_config(arch)['vision_cfg']['width'] = 1
    build_tower(arch, 'vision', img_size=64)
    assert arch == tiny_arch()


def test_unknown_names():
    with pytest.raises(
        ValueError, match="'ViT-B-17', which open_clip 3.*does not know; similar names: .*ViT-B-16"
    ):
        clip_config('ViT-B-17')
    with pytest.raises(ValueError, match=r"arch lacks \['text_cfg'\]"):
        clip_config(dict(embed_dim=1, vision_cfg={}))


def test_nothing_is_downloaded_to_build():
    with pytest.raises(ValueError, match='Hugging Face'):
        build_tower('roberta-ViT-B-32', 'text')
    arch = dict(
        tiny_arch(),
        vision_cfg=dict(timm_model_name='resnet10t', timm_model_pretrained=True, image_size=64),
    )
    assert count(build_tower(arch, 'vision')) > 0  # tests have no network


def test_set_quick_gelu_changes_the_outputs_only():
    tower = tiny_clip().visual
    expected = tiny_clip(quick_gelu=True).visual
    x = torch.randn(2, 3, 32, 32)
    keys = list(tower.state_dict())
    assert not torch.allclose(tower(x), expected(x), atol=1e-3)
    set_quick_gelu(tower, True)
    assert torch.equal(tower(x), expected(x))
    assert list(tower.state_dict()) == keys
    set_quick_gelu(tower, False)
    assert all(type(getattr(p, n)) is nn.GELU for p, n in activations(tower))


def test_tag_is_downloaded(monkeypatch, tmp_path):
    write_safetensors(tmp_path / 'a.safetensors', tiny_clip())
    asked = []

    def download(config):
        asked.append(config)
        return str(tmp_path / 'a.safetensors')

    monkeypatch.setattr(open_clip, 'download_pretrained', download)
    for tag, quick in (('openai', True), ('laion2b_s34b_b88k', False)):
        loaded = load_clip_state(tag, 'ViT-B-16', 'vision')
        assert loaded.quick_gelu is quick
        assert asked.pop() == open_clip.get_pretrained_cfg('ViT-B-16', tag)


@pytest.mark.parametrize(
    'tag, file',
    [
        (
            'openai',
            'open_clip_model.safetensors of '
            'the Hugging Face model timm/vit_base_patch16_clip_224.openai',
        ),
        ('laion2b_s34b_b88k', 'of the Hugging Face model laion/CLIP-ViT-B-16'),
    ],
)
def test_offline(monkeypatch, tag, file):

    def download(config):
        raise OSError('no route to host')

    monkeypatch.setattr(open_clip, 'download_pretrained', download)
    with pytest.raises(RuntimeError, match='no route to host') as caught:
        load_clip_state(tag, 'ViT-B-16', 'vision')
    assert file in str(caught.value)
    assert 'set pretrained to its path' in str(caught.value)


def test_neither_file_nor_tag():
    with pytest.raises(
        FileNotFoundError,
        match="'openia', which is no file and no pretrained tag of arch='RN50'.*'openai'.*train.py",
    ):
        load_clip_state('openia', 'RN50', 'vision')


def test_home_folder(monkeypatch, tmp_path):
    monkeypatch.setenv('HOME', str(tmp_path))
    write_openai(tmp_path / 'clip.pt', tiny_clip())
    assert load_clip_state('~/clip.pt', tiny_arch(), 'text').quick_gelu
