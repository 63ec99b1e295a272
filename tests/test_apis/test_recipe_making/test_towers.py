"""Towers by name, by file and by config, with what images they see."""

import json

import pytest
from clip_files import tiny_arch, tiny_clip, write_openai, write_state_dict
from dual_towers import write_sentencepiece
from open_clip.model import CLIP
from repo import REPO

from vlltr_mm.apis.recipe_making.towers import CLIP_MEAN, read_towers
from vlltr_mm.datasets.corpus.tokenizer import build_tokenizer

STAGE1 = 'configs/demo/cvlp_tiny-clip_shapes_lt.py'


def write(folder, kind='vit', **changes):
    """Write a tiny architecture and its weights; return both files."""
    write_state_dict(folder / 'clip.pt', tiny_clip(kind))
    (folder / 'arch.json').write_text(json.dumps(dict(tiny_arch(kind), **changes)))
    return str(folder / 'arch.json'), str(folder / 'clip.pt')


@pytest.mark.parametrize('kind, size, has_blocks', [('vit', 32, True), ('resnet', 64, False)])
def test_of_a_file(tmp_path, kind, size, has_blocks):
    arch, weights = write(tmp_path, kind)
    found = read_towers(arch, weights)
    assert found.vision == dict(
        type='OpenCLIPVisionBackbone',
        arch=json.loads((tmp_path / 'arch.json').read_text()),
        pretrained=weights,
    )
    assert found.text == dict(found.vision, type='OpenCLIPTextBackbone')
    assert (found.image_size, found.has_blocks, found.embed_dims) == (size, has_blocks, 16)
    assert (found.mean, found.squash, found.pipelines) == (CLIP_MEAN, False, None)


def test_another_size_of_images(tmp_path):
    arch, weights = write(tmp_path)
    found = read_towers(arch, weights, image_size=64)
    assert found.image_size == found.vision['img_size'] == 64
    assert 'img_size' not in read_towers(arch, weights, image_size=32).vision


def test_a_tower_of_shorter_sentences_gets_a_tokenizer_of_that_length(tmp_path):
    arch, weights = write(tmp_path)
    assert read_towers(arch, weights).tokenizer is None
    short = json.loads((tmp_path / 'arch.json').read_text())
    short['text_cfg'].update(context_length=16, vocab_size=49408)
    (tmp_path / 'short.json').write_text(json.dumps(short))
    write_state_dict(tmp_path / 'short.pt', CLIP(**short))
    tokenizer = read_towers(str(tmp_path / 'short.json'), str(tmp_path / 'short.pt')).tokenizer
    assert build_tokenizer(tokenizer).rules.context_length == 16


def test_of_a_name_with_a_tag(tmp_path):
    with pytest.raises(ValueError, match='tokenizer of timm/ViT-B-16-SigLIP; .* --tokenizer'):
        read_towers('ViT-B-16-SigLIP', 'webli')
    file = write_sentencepiece(tmp_path)
    found = read_towers('ViT-B-16-SigLIP', 'webli', tokenizer=file)
    assert found.tokenizer == dict(arch='ViT-B-16-SigLIP', file=file)
    assert found.vision['pretrained'] == 'webli'  # not downloaded now
    assert (found.mean, found.std, found.squash) == ((127.5,) * 3, (127.5,) * 3, True)
    assert (found.image_size, found.has_blocks) == (224, True)


def test_of_a_config(tmp_path):
    write_openai(tmp_path / 'clip.pt', tiny_clip())
    config = tmp_path / 'own.py'
    arch = tiny_arch()
    config.write_text(
        f"_base_ = '{REPO / STAGE1}'\n"
        f'arch = {arch!r}\n'
        "tower = dict(_delete_=True, arch=arch, pretrained='lost.pt')\n"
        "model = dict(vision_backbone=dict(type='OpenCLIPVisionBackbone', frozen=True, **tower),\n"
        "             text_backbone=dict(type='OpenCLIPTextBackbone', **tower))\n"
        'data_preprocessor = dict(mean=[1, 2, 3], std=[4, 5, 6])\n'
    )
    found = read_towers(str(config), str(tmp_path / 'clip.pt'))
    assert found.vision.keys() == {'type', 'arch', 'pretrained'}
    by_name = 'cvlp_tiny-clip_shapes_lt'  # of the package
    with pytest.raises(ValueError, match="the vision tower of 'cvlp_tiny-clip_shapes_lt' do not"):
        read_towers(by_name, str(tmp_path / 'clip.pt'))
    assert (found.mean, found.std) == ((1, 2, 3), (4, 5, 6))
    train, test = found.pipelines
    assert [step['type'] for step in train] == [
        'LoadImageFromFile',
        'RandomResizedCrop',
        'RandomFlip',
        'PackInputs',
    ]
    assert test[1] == dict(type='Resize', scale=48, interpolation='bicubic')
    assert read_towers(str(config), str(tmp_path / 'clip.pt'), image_size=32).pipelines is None


def test_refused(tmp_path):
    arch, weights = write(tmp_path)
    with pytest.raises(ValueError, match="arch is 'ViT-X-16', which open_clip"):
        read_towers('ViT-X-16', weights)
    for openai, name in (('ViT-B/32', 'ViT-B-32'), ('ViT-L/14@336px', 'ViT-L-14-336')):
        with pytest.raises(ValueError, match=f"the vision tower of '{name}' do not fit: .*missing"):
            read_towers(openai, weights)
    with pytest.raises(ValueError, match='pretrained is not given'):
        read_towers(arch)
    with pytest.raises(FileNotFoundError, match="'none.pt', which is no file and no pretrained"):
        read_towers(arch, 'none.pt')
    with pytest.raises(FileNotFoundError, match='no config of that name'):
        read_towers('configs/none.py', weights)
    (tmp_path / 'list.json').write_text('[]')
    with pytest.raises(ValueError, match='list.json holds a list; it must be an object'):
        read_towers(str(tmp_path / 'list.json'), weights)
    with pytest.raises(ValueError, match=r'has the towers \[None, None\]; name an architecture'):
        read_towers('configs/demo/vlltr_tiny-clip_shapes_lt.py', weights)
