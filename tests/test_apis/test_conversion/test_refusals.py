"""What is not of the release is refused before anything is written."""

import math
import os
import pickle
from argparse import Namespace
from fractions import Fraction

import pytest
import torch
from clip_files import tiny_clip, write_stage1
from release_files import stage1_model, stage2_model, write_release
from repo import REPO

from vlltr_mm.apis import convert_release, export_open_clip


@pytest.fixture
def paths(tmp_path):
    return str(tmp_path / 'release.pth'), str(tmp_path / 'out' / 'ours.pth')


class Attack:
    """Pickled as a call of ``os.system``."""

    def __init__(self, sentinel):
        self.sentinel = sentinel

    def __reduce__(self):
        return os.system, (f'touch {self.sentinel}',)


@pytest.mark.parametrize('place', ['args', 'in args', 'optimizer', 'epoch'])
def test_hostile_file_runs_nothing(paths, tmp_path, place):
    attack = Attack(tmp_path / 'sentinel')
    changes = {'args': Namespace(lr=1, more=[attack])} if place == 'in args' else {place: attack}
    write_release(paths[0], stage1_model(tiny_clip()), **changes)
    with pytest.raises(
        pickle.UnpicklingError, match='release.pth was refused.*it holds posix.system'
    ):
        convert_release(*paths)
    assert not (tmp_path / 'sentinel').exists()
    assert not os.path.exists(paths[1])
    torch.load(paths[0], weights_only=False)
    assert (tmp_path / 'sentinel').exists()  # the attack is a real one


@pytest.mark.parametrize(
    'args, match',
    [
        (Namespace(half=Fraction(1, 2)), 'it holds fractions.Fraction'),
        (Namespace(path=REPO), 'it holds pathlib'),
    ],
)
def test_other_globals_in_args_are_refused(paths, args, match):
    write_release(paths[0], stage1_model(tiny_clip()), args=args)
    with pytest.raises(pickle.UnpicklingError, match=match):
        convert_release(*paths)


def test_tensors_in_args_are_refused(paths):
    args = Namespace(weights=[torch.ones(2)])
    write_release(paths[0], stage1_model(tiny_clip()), args=args)
    with pytest.raises(ValueError, match=r'release.pth: args.weights\[0\] is a Tensor'):
        convert_release(*paths)
    assert not os.path.exists(paths[1])


@pytest.mark.parametrize('make, stage', [(stage1_model, 1), (stage2_model, 2)])
def test_unknown_and_missing_names_are_named(paths, make, stage):
    model = make(tiny_clip())
    del model['visual.transformer.resblocks.1.ln_2.bias']
    del model['logit_scale']
    model['momentum_encoder.weight'] = torch.zeros(2)
    write_release(paths[0], model)
    with pytest.raises(
        ValueError,
        match=rf'release.pth: .*not those of a stage-{stage} file: '
        r'2 missing \(visual.transformer.resblocks.1.ln_2.bias, '
        r'logit_scale\); 1 unexpected \(momentum_encoder.weight\)',
    ):
        convert_release(*paths)
    assert not os.path.exists(paths[1])


@pytest.mark.parametrize(
    'key',
    [
        'visual.proj',
        'visual.conv1.weight',
        'visual.positional_embedding',
        'positional_embedding',
        'token_embedding.weight',
        'text_projection',
    ],
)
def test_what_the_sizes_follow_from_is_named_too(paths, key):
    model = stage1_model(tiny_clip())
    del model[key]
    write_release(paths[0], model)
    with pytest.raises(ValueError, match=f'tower has no {key.removeprefix("visual.")}, which CLIP'):
        convert_release(*paths)
    model[key] = torch.tensor(1.0)  # of no axes
    write_release(paths[0], model)
    with pytest.raises(ValueError, match='a tensor with too few axes'):
        convert_release(*paths)


def test_files_that_are_no_release(paths):
    torch.save(dict(state_dict={}), paths[0])
    with pytest.raises(
        ValueError,
        match=r'release.pth has no `model` \(it '
        r"holds \['state_dict'\]\)",
    ):
        convert_release(*paths)
    torch.save(dict(model=dict(a=[1])), paths[0])
    with pytest.raises(ValueError, match=r"\['a'\] are not tensors by name"):
        convert_release(*paths)
    torch.save(dict(model=dict(a=torch.ones(2))), paths[0])
    with pytest.raises(ValueError, match='the vision tower has no conv1'):
        convert_release(*paths)
    torch.save([1], paths[0])
    with pytest.raises(ValueError, match='release.pth has no `model`.*list'):
        convert_release(*paths)
    with pytest.raises(ValueError, match='release.pth holds a list; a state'):
        export_open_clip(*paths)


@pytest.mark.parametrize(
    'make, key', [(stage1_model, 'visual.proj'), (stage2_model, 'logit_scale')]
)
@pytest.mark.parametrize('bad', [math.nan, -math.inf, 1e9])
def test_numbers_that_no_model_computes_with(paths, make, key, bad):
    model = make(tiny_clip())
    model[key].view(-1)[-1] = bad
    write_release(paths[0], model)
    if bad == 1e9 and key != 'logit_scale':  # large, but a number
        convert_release(*paths)
        return
    match = 'logit_scale' if key == 'logit_scale' else 'visual.proj has 1 numbers that are not fin'
    with pytest.raises(ValueError, match=f'release.pth, .*{match}'):
        convert_release(*paths)
    assert not os.path.exists(paths[1])


def test_numbers_of_ours(paths):
    clip = tiny_clip()
    clip.ln_final.bias.data[0] = math.nan
    write_stage1(paths[0], clip)
    with pytest.raises(ValueError, match='release.pth, ln_final.bias has 1 numbers that are not'):
        export_open_clip(*paths)
    assert not os.path.exists(paths[1])
