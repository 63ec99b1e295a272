"""Files whose numbers or bytes are damaged are refused by name."""

import math
import zipfile

import pytest
import torch
from clip_files import tiny_clip, write_openai

from vlltr_mm.models.backbones.openclip.positions import resize_positions
from vlltr_mm.models.backbones.openclip.weights import read_clip_file

KEY = 'visual.ln_post.bias'


@pytest.fixture
def state():
    return {key: value.clone() for key, value in tiny_clip().state_dict().items()}


@pytest.mark.parametrize(
    'change, message',
    [
        (lambda bias: bias.fill_(math.nan), 'ln_post.bias has 32 numbers that are not finite'),
        (lambda bias: bias[3:4].fill_(math.inf), r'ln_post.bias has 1 .* first at \(3,\): inf'),
        (lambda bias: bias.to(torch.complex64), 'ln_post.bias is .* of torch.complex64; it must'),
    ],
)
def test_numbers_that_no_model_computes_with(tmp_path, state, change, message):
    path = tmp_path / 'clip.pth'
    changed = change(state[KEY])
    torch.save(dict(state, **{KEY: changed if changed.shape == (32,) else state[KEY]}), path)
    with pytest.raises(ValueError, match=f'clip.pth, {message}'):
        read_clip_file(str(path), 'vision')
    # The other tower is whole.
    assert read_clip_file(str(path), 'text').state


def test_a_record_of_the_activation_that_is_none(tmp_path, state):
    state = {f'backbone.{key}': v for key, v in state.items() if key.startswith('visual.')}
    path = tmp_path / 'clip.pth'
    torch.save(dict(state, **{'backbone.uses_quick_gelu': torch.tensor([True, False])}), path)
    with pytest.raises(ValueError, match=r'clip.pth, backbone.uses_quick_gelu is \(2,\)'):
        read_clip_file(str(path), 'vision')


@pytest.mark.parametrize('shape', [(), (1, 32), (17,), (0, 32), (2, 2, 2)])
def test_positions_that_are_no_grid(shape):
    with pytest.raises(ValueError, match='f.pth: the position embeddings are .*; they must be'):
        resize_positions(torch.ones(shape), 5, 'f.pth')


def test_a_damaged_program_is_named(tmp_path):
    path = tmp_path / 'clip.pt'
    write_openai(path, tiny_clip())
    whole = path.read_bytes()
    with zipfile.ZipFile(path) as archive:
        entries = {name: archive.read(name) for name in archive.namelist()}
    with zipfile.ZipFile(path, 'w') as archive:
        for name, content in entries.items():
            archive.writestr(name, content[::-1] if name.endswith('/data.pkl') else content)
    with pytest.raises(RuntimeError, match='clip.pt cannot be read: .* Fetch the file again'):
        read_clip_file(str(path), 'vision')
    start = whole.rindex(b'PK\x01\x02')  # a central directory
    path.write_bytes(whole[:start] + b'XXXX' + whole[start + 4 :])
    with pytest.raises(RuntimeError, match='clip.pt cannot be read'):
        read_clip_file(str(path), 'vision')
