import pytest
import torch
from clip_files import tiny_arch, tiny_clip

from vlltr_mm.models.backbones.openclip.shapes import expected_tower
from vlltr_mm.models.backbones.openclip.towers import build_tower


def shapes(state):
    return {key: tuple(value.shape) for key, value in state.items()}


@pytest.mark.parametrize(
    'arch, which, img_size',
    [
        ('RN50', 'vision', None),
        ('RN50x4', 'vision', None),
        ('ViT-B-16', 'vision', 384),
        ('ViT-B-32', 'vision', None),
        ('ViT-H-14', 'vision', None),
        ('RN50', 'text', None),
        ('ViT-L-14', 'text', None),
        (tiny_arch('resnet'), 'vision', None),
        (tiny_arch('vit'), 'vision', None),
    ],
)
def test_sizes_are_found(arch, which, img_size):
    with torch.device('meta'):
        own = build_tower(arch, which, img_size).state_dict()
    assert shapes(expected_tower(own, which)) == shapes(own)


def test_nothing_is_made():
    expected = expected_tower(tiny_clip().visual.state_dict(), 'vision')
    assert all(value.is_meta for value in expected.values())


@pytest.mark.parametrize('kind, key', [('vit', ''), ('resnet', 'attnpool.')])
@pytest.mark.parametrize('length', [0, 1, 2])
def test_another_number_of_positions(kind, key, length):
    state = dict(tiny_clip(kind).visual.state_dict())
    key = f'{key}positional_embedding'
    state[key] = state[key][:length]
    if length:
        assert expected_tower(state, 'vision')[key].shape[0] in (1, 2)
    else:
        with pytest.raises(ValueError, match='vision tower has a tensor .* without numbers'):
            expected_tower(state, 'vision')


@pytest.mark.parametrize('shape', [(32, 3, 0, 0), (0, 3, 8, 8)])
def test_a_convolution_without_numbers(shape):
    state = dict(tiny_clip().visual.state_dict())
    state['conv1.weight'] = torch.ones(shape)
    with pytest.raises(ValueError, match='vision tower has a tensor .* without numbers'):
        expected_tower(state, 'vision')


def test_what_is_not_there_is_named():
    state = tiny_clip('resnet').visual.state_dict()
    del state['layer1.0.conv1.weight']
    with pytest.raises(ValueError, match='vision tower has no layer1.0.conv1'):
        expected_tower(state, 'vision')
    with pytest.raises(ValueError, match='vision tower has no conv1.weight'):
        expected_tower({'trunk.stem.weight': torch.ones(1)}, 'vision')
    with pytest.raises(ValueError, match='text tower has .* too few axes'):
        expected_tower({'token_embedding.weight': torch.ones(1)}, 'text')
