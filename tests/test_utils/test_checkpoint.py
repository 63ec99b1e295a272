import argparse
import os
import pickle
import zipfile
from fractions import Fraction

import numpy as np
import pytest
import torch
from mmengine.logging import HistoryBuffer
from mmengine.runner.checkpoint import CheckpointLoader
from refused_files import SHOULD_FAIL, Call, refuse
from safetensors.torch import save_file

from vlltr_mm.utils.checkpoint import StoredNamespace, load_checkpoint_file, plain_values


@pytest.mark.parametrize('legacy', [False, True])
def test_os_system_does_not_run(tmp_path, legacy):
    path, sentinel = tmp_path / 'bad.pth', tmp_path / 'sentinel'
    torch.save(
        dict(state_dict=Call(os.system, f'touch {sentinel}')),
        path,
        _use_new_zipfile_serialization=not legacy,
    )
    refuse(path, r'it holds posix.system')
    assert not sentinel.exists()
    torch.load(path, weights_only=False)  # the attack is a real one
    assert sentinel.exists()


def test_bare_pickle_does_not_run(tmp_path):
    path, sentinel = tmp_path / 'bad.pth', tmp_path / 'sentinel'
    path.write_bytes(pickle.dumps(Call(os.system, f'touch {sentinel}')))
    refuse(path)
    assert not sentinel.exists()


def test_getattr_chain_does_not_run(tmp_path):
    path, sentinel = tmp_path / 'bad.pth', tmp_path / 'sentinel'
    # HistoryBuffer.__init__.__globals__, from there the whole interpreter
    init = Call(getattr, HistoryBuffer, '__init__')
    spaces = Call(getattr, init, '__globals__')
    builtins = Call(getattr, Call(getattr, spaces, 'get'), '__self__')
    torch.save([builtins, Call(os.system, f'touch {sentinel}')], path)
    refuse(path, "it holds attribute '__init__' of")
    assert not sentinel.exists()


@pytest.mark.parametrize(
    'owner, name',
    [
        (HistoryBuffer, '__subclasses__'),
        (HistoryBuffer, 'register_statistics'),
        (np.ndarray, 'tofile'),
        (torch.Size, 'mean'),
        ('a string', 'mean'),
    ],
)
def test_getattr_gives_four_statistics_only(tmp_path, owner, name):
    torch.save(Call(getattr, owner, name), tmp_path / 'bad.pth')
    refuse(tmp_path / 'bad.pth')


def test_file_cannot_change_the_statistics(tmp_path):
    buffer = HistoryBuffer([1.0, 3.0], [1, 1])
    assert buffer.statistics('max') == 3
    table = HistoryBuffer._statistics_methods
    kept = dict(table)
    try:
        table['max'] = HistoryBuffer.min
        torch.save(buffer, tmp_path / 'bad.pth')
    finally:
        table.update(kept)
    load_checkpoint_file(str(tmp_path / 'bad.pth'))
    assert HistoryBuffer([1.0, 3.0], [1, 1]).statistics('max') == 3


def test_config_is_dropped(tmp_path):
    meta = dict(config='import os', cfg='model = 1', epoch=3)
    torch.save(dict(meta=meta, state_dict={}), tmp_path / 'a.pth')
    loaded = load_checkpoint_file(str(tmp_path / 'a.pth'))
    assert loaded['meta'] == dict(cfg='model = 1', epoch=3)


@pytest.mark.parametrize('module', ['numpy.core', 'numpy._core'])
def test_good_values_of_both_numpys(tmp_path, module):
    good = dict(
        tensor=torch.arange(3.0),
        buffer=HistoryBuffer([1.0, 2.0], [1, 1]),
        array=np.arange(4.0),
        integers=np.arange(4),
        scalar=np.float64(2.5),
        integer=np.int64(7),
    )
    torch.save(good, tmp_path / 'as_saved.pth')
    # Rewritten as the other numpy would write it. Protocol 2 names a global
    # in plain lines.
    with (
        zipfile.ZipFile(tmp_path / 'as_saved.pth') as source,
        zipfile.ZipFile(tmp_path / 'a.pth', 'w') as target,
    ):
        for name in source.namelist():
            content = source.read(name)
            if name.endswith('data.pkl'):
                for old in (b'cnumpy._core.', b'cnumpy.core.'):
                    content = content.replace(old, f'c{module}.'.encode())
                assert f'c{module}.multiarray'.encode() in content
            target.writestr(name, content)
    loaded = load_checkpoint_file(str(tmp_path / 'a.pth'))
    assert torch.equal(loaded['tensor'], good['tensor'])
    assert loaded['buffer'].mean() == 1.5
    assert loaded['buffer'].statistics('max') == 2
    assert np.array_equal(loaded['array'], good['array'])
    assert np.array_equal(loaded['integers'], good['integers'])
    assert (loaded['scalar'], loaded['integer']) == (2.5, 7)


def test_safetensors(tmp_path):
    save_file(dict(a=torch.arange(3.0)), tmp_path / 'a.safetensors')
    loaded = load_checkpoint_file(str(tmp_path / 'a.safetensors'))
    assert list(loaded) == ['state_dict']
    assert torch.equal(loaded['state_dict']['a'], torch.arange(3.0))


def test_absent_file_names_the_remedy(tmp_path):
    with pytest.raises(FileNotFoundError, match=r'epoch_2.pth does not exist.*tools/train.py'):
        load_checkpoint_file(str(tmp_path / 'epoch_2.pth'))


@pytest.mark.parametrize('name', ['half.pth', 'half.safetensors'])
def test_damaged_file_is_named(tmp_path, name):
    path = tmp_path / name
    if name.endswith('pth'):
        torch.save(dict(a=torch.zeros(1000)), path)
    else:
        save_file(dict(a=torch.zeros(1000)), path)
    path.write_bytes(path.read_bytes()[:2000])
    with pytest.raises(RuntimeError, match=f'{name} cannot be read'):
        load_checkpoint_file(str(path))


def test_registered_globals_change_nothing(tmp_path):
    torch.save(Call(getattr, HistoryBuffer, '__init__'), tmp_path / 'a.pth')
    torch.save(Call(Fraction, 1, 2), tmp_path / 'b.pth')
    with torch.serialization.safe_globals([getattr, Fraction]):
        refuse(tmp_path / 'a.pth')
        refuse(tmp_path / 'b.pth', 'it holds fractions.Fraction')
        kept = torch.serialization.get_safe_globals()
        assert {getattr, Fraction} <= set(kept)
        torch.load(tmp_path / 'b.pth', weights_only=True)


def test_environment_cannot_turn_the_check_off(tmp_path, monkeypatch):
    monkeypatch.setenv('TORCH_FORCE_NO_WEIGHTS_ONLY_LOAD', '1')
    sentinel = tmp_path / 'sentinel'
    torch.save(Call(os.system, f'touch {sentinel}'), tmp_path / 'bad.pth')
    refuse(tmp_path / 'bad.pth')
    assert not sentinel.exists()


def test_other_schemes_stay():
    schemes = dict(CheckpointLoader._schemes)
    from vlltr_mm.utils.checkpoint import register_safe_loader

    register_safe_loader()
    try:
        loader = CheckpointLoader._get_checkpoint_loader('/tmp/a.pth')
        assert loader.__module__ == 'vlltr_mm.utils.checkpoint'
        assert loader.__name__[10:] == 'local'  # what mmengine logs
        http = CheckpointLoader._get_checkpoint_loader('https://a/b.pth')
        assert http.__module__ != 'vlltr_mm.utils.checkpoint'
    finally:
        CheckpointLoader._schemes = schemes


def test_namespace_is_read_only_where_asked_for(tmp_path):
    args = argparse.Namespace(lr=0.1, more=dict(a=(1, None)))
    vars(args)['__class__'] = 'x'
    torch.save(dict(args=args), tmp_path / 'a.pth')
    refuse(tmp_path / 'a.pth', 'it holds argparse.Namespace')
    loaded = load_checkpoint_file(str(tmp_path / 'a.pth'), namespaces=True)
    assert type(loaded['args']) is StoredNamespace
    assert list(vars(loaded['args'])) == ['values']  # no attribute of a file's
    assert plain_values(loaded['args'], 'args') == {
        'lr': 0.1,
        'more': dict(a=[1, None]),
        '__class__': 'x',
    }


class BuiltNamespace:
    """Pickled as a Namespace with any state."""

    def __init__(self, state):
        self.state = state

    def __reduce__(self):
        return argparse.Namespace, (), self.state


@pytest.mark.parametrize('state', [(None, dict(lr=1)), [1], 'lr'])
def test_namespace_of_another_state(tmp_path, state):
    torch.save(BuiltNamespace(state), tmp_path / 'a.pth')
    with pytest.raises(pickle.UnpicklingError, match=SHOULD_FAIL):
        load_checkpoint_file(str(tmp_path / 'a.pth'), namespaces=True)


def test_hostile_namespace_does_not_run(tmp_path):
    path, sentinel = tmp_path / 'bad.pth', tmp_path / 'sentinel'
    attack = Call(os.system, f'touch {sentinel}')
    torch.save(argparse.Namespace(lr=1, deep=[dict(a=attack)]), path)
    with pytest.raises(pickle.UnpicklingError, match='it holds posix.system'):
        load_checkpoint_file(str(path), namespaces=True)
    assert not sentinel.exists()


def test_plain_values():
    good = dict(a=[1, 2.5, (True, None)], b={3: 'x'})
    copy = plain_values(good, 'args')
    assert copy == dict(a=[1, 2.5, [True, None]], b={3: 'x'})
    assert copy['b'] is not good['b']
    endless = []
    endless.append(endless)
    for bad, match in (
        (dict(a=[torch.ones(1)]), r'args.a\[0\] is a Tensor'),
        ({(1,): 2}, 'args is a dict'),
        (endless, r'args(\[0\])+ is a list'),
    ):
        with pytest.raises(ValueError, match=match):
            plain_values(bad, 'args')
