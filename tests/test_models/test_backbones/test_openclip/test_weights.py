import os
import pickle
import zipfile

import pytest
import torch
from clip_files import WRITERS, tiny_clip, write_openai, write_stage1, write_state_dict
from open_clip.model import resize_pos_embed
from torch import nn

from vlltr_mm.models.backbones.openclip.positions import resize_positions
from vlltr_mm.models.backbones.openclip.weights import fit_tower, read_clip_file


@pytest.mark.parametrize('kind', ['vit', 'resnet'])
@pytest.mark.parametrize('form', WRITERS)
def test_every_form_gives_the_image_tower(tmp_path, form, kind):
    clip = tiny_clip(kind)
    name, write = WRITERS[form]
    write(tmp_path / name, clip)
    loaded = read_clip_file(str(tmp_path / name), 'vision')
    expected = clip.visual.state_dict()
    assert set(loaded.state) == set(expected)
    for key, value in expected.items():
        assert loaded.state[key].dtype == value.dtype
        assert torch.equal(loaded.state[key], value)
    scale = None if form == 'classifier' else clip.logit_scale.item()
    assert loaded.logit_scale == scale
    assert loaded.quick_gelu is (True if form == 'openai' else None)


@pytest.mark.parametrize('form', [f for f in WRITERS if f != 'classifier'])
def test_every_form_gives_the_text_tower(tmp_path, form):
    clip = tiny_clip()
    name, write = WRITERS[form]
    write(tmp_path / name, clip)
    state = read_clip_file(str(tmp_path / name), 'text').state
    expected = {
        k: v for k, v in clip.state_dict().items() if not k.startswith(('visual.', 'logit_scale'))
    }
    assert set(state) == set(expected)
    assert all(torch.equal(state[k], v) for k, v in expected.items())


@pytest.mark.parametrize('recorded', [True, False])
def test_activation_recorded_by_stage1(tmp_path, recorded):
    write_stage1(tmp_path / 'a.pth', tiny_clip(), quick_gelu=recorded)
    for which in ('vision', 'text'):
        loaded = read_clip_file(str(tmp_path / 'a.pth'), which)
        assert loaded.quick_gelu is recorded


def test_no_such_tower(tmp_path):
    name, write = WRITERS['classifier']
    write(tmp_path / name, tiny_clip())
    with pytest.raises(
        ValueError,
        match=rf'{name} holds no text tower: .*'
        r'backbone\.visual.* begins with text_backbone',
    ):
        read_clip_file(str(tmp_path / name), 'text')


def test_no_state_dict(tmp_path):
    torch.save([torch.zeros(2)], tmp_path / 'a.pt')
    with pytest.raises(ValueError, match='a.pt holds a list; a state dict'):
        read_clip_file(str(tmp_path / 'a.pt'), 'vision')


def test_hostile_state_dict(tmp_path):
    sentinel = tmp_path / 'sentinel'

    class Attack:
        def __reduce__(self):
            return os.system, (f'touch {sentinel}',)

    torch.save(dict(state_dict=Attack()), tmp_path / 'clip.pt')
    with pytest.raises(pickle.UnpicklingError, match='clip.pt was refused'):
        read_clip_file(str(tmp_path / 'clip.pt'), 'vision')
    assert not sentinel.exists()


class _RunsWhenOpened(nn.Module):
    def __init__(self, sentinel):
        super().__init__()
        self.path = sentinel
        self.x = torch.zeros(1)

    def forward(self, x):
        return x

    @torch.jit.export
    def __getstate__(self):
        return self.path, self.x, self.training

    @torch.jit.export
    def __setstate__(self, state: tuple[str, torch.Tensor, bool]):
        self.path, self.x, self.training = state[0], state[1], state[2]
        torch.save(self.x, self.path)


def test_torchscript_that_runs_when_opened_is_not_opened(tmp_path):
    path, sentinel = str(tmp_path / 'clip.pt'), tmp_path / 'sentinel'
    torch.jit.script(_RunsWhenOpened(str(sentinel))).save(path)
    with pytest.raises(pickle.UnpicklingError, match='clip.pt was refused.*__setstate__'):
        read_clip_file(path, 'vision')
    assert not sentinel.exists()
    torch.jit.load(path)
    assert sentinel.exists()  # the attack is a real one


def test_pickle_in_disguise_is_not_opened_as_torchscript(tmp_path):
    sentinel = tmp_path / 'sentinel'

    class Attack:
        def __reduce__(self):
            return os.system, (f'touch {sentinel}',)

    torch.save(Attack(), tmp_path / 'clip.pt')
    with zipfile.ZipFile(tmp_path / 'clip.pt', 'a') as archive:
        archive.writestr('clip/constants.pkl', pickle.dumps(()))
    with pytest.raises((pickle.UnpicklingError, RuntimeError)):
        read_clip_file(str(tmp_path / 'clip.pt'), 'vision')
    assert not sentinel.exists()


def test_wrong_weights_are_named(tmp_path):
    visual = tiny_clip('vit').visual
    state = dict(visual.state_dict(), extra=torch.zeros(1))
    del state['proj'], state['ln_pre.bias']
    state['ln_pre.weight'] = torch.zeros(5)
    with pytest.raises(
        ValueError,
        match=r'clip.pt and the tower do not fit: 2 missing \((ln_pre.bias'
        r', proj|proj, ln_pre.bias)\); 1 unexpected \(extra\); 1 of '
        r'another shape \(ln_pre.weight \(5,\) for \(32,\)\)\. Set arch',
    ):
        fit_tower(visual, state, 'clip.pt and the tower')


def test_old_files_lack_the_counters():
    visual = tiny_clip('resnet').visual
    state = {k: v for k, v in visual.state_dict().items() if not k.endswith('num_batches_tracked')}
    fit_tower(visual, state, 'x')


@pytest.mark.parametrize('edge', [3, 6])
def test_vit_positions_equal_open_clips(edge):
    clip = tiny_clip('vit')  # 4 × 4 patches
    state = clip.state_dict()
    positions = state['visual.positional_embedding']
    clip.visual.grid_size = (edge, edge)
    resize_pos_embed(state, clip)
    ours = resize_positions(positions, 1 + edge * edge, 'x')
    assert torch.allclose(ours, state['visual.positional_embedding'], atol=1e-6)


def test_positions_by_hand():
    # A constant grid stays constant; the first row stays as it is.
    positions = torch.tensor([[9.0], [2.0], [2.0], [2.0], [2.0]])
    ours = resize_positions(positions, 10, 'x')
    assert torch.allclose(ours, torch.tensor([[9.0]] + 9 * [[2.0]]))
    # Rows stay rows: what varies along h only still does.
    positions = torch.tensor([[0.0], [1.0], [1.0], [3.0], [3.0]])
    grid = resize_positions(positions, 17, 'x')[1:].reshape(4, 4)
    assert torch.allclose(grid, grid[:, :1].expand(4, 4), atol=1e-6)
    assert (grid[1:, 0] > grid[:-1, 0]).all()
    assert resize_positions(positions, 5, 'x') is positions


def test_positions_that_are_no_square():
    with pytest.raises(ValueError, match='a.pt: 6 position .* become 10'):
        resize_positions(torch.zeros(6, 2), 10, 'a.pt')


def test_files_of_the_writers_are_what_they_claim(tmp_path):
    write_openai(tmp_path / 'jit.pt', tiny_clip())
    state = torch.jit.load(tmp_path / 'jit.pt').state_dict()
    assert {'input_resolution', 'context_length', 'vocab_size'} < set(state)
    assert state['visual.proj'].dtype == torch.float16
    write_state_dict(tmp_path / 'clip.pt', tiny_clip())
    nested = torch.load(tmp_path / 'clip.pt', weights_only=True)
    assert all(k.startswith('module.') for k in nested['state_dict'])
