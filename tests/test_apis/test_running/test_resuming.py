"""A run goes on from its last whole checkpoint, and says so where that is another."""

import os
import pickle
from pathlib import Path

import pytest
import torch
from refused_files import Call

from vlltr_mm.apis.running import resuming
from vlltr_mm.apis.running.resuming import is_damaged, latest_checkpoint


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """Three epochs of a run, and what was said."""
    path = tmp_path / 'run'
    path.mkdir()
    for epoch in (1, 2, 3, 10):
        write(path / f'epoch_{epoch}.pth', epoch)
    (path / 'last_checkpoint').write_text(str(path / 'epoch_3.pth'))
    said = []
    monkeypatch.setattr(resuming, 'print_log', lambda text, *a, **k: said.append(text))
    return path, said


def write(path, epoch, **more):
    meta = dict(epoch=epoch, iter=epoch * 5)
    torch.save(dict(meta=meta, state_dict=dict(a=torch.ones(3000)), **more), path)


def cut(path):
    path.write_bytes(path.read_bytes()[:5000])


def zeros(path):
    path.write_bytes(bytes(5000))


def zero_middle(path):
    content = bytearray(path.read_bytes())
    content[64:300] = bytes(236)
    path.write_bytes(content)


def test_the_named_one_is_taken(folder):
    path, said = folder
    assert latest_checkpoint(str(path)) == str(path / 'epoch_3.pth')
    for name in ('work_dirs/elsewhere/epoch_2.pth', r'C:\runs\epoch_2.pth'):  # it was moved
        (path / 'last_checkpoint').write_text(f'{name}\n')
        assert latest_checkpoint(str(path)) == str(path / 'epoch_2.pth')
    (path / 'last_checkpoint').write_text('s3://bucket/epoch_2.pth')
    assert latest_checkpoint(str(path)) == 's3://bucket/epoch_2.pth'
    assert said == []


@pytest.mark.parametrize(
    'damage, state',
    [
        (os.remove, 'does not exist'),
        (cut, 'cannot be read'),
        (zeros, 'cannot be read'),
        (zero_middle, 'cannot be read'),
        (lambda path: path.write_bytes(b''), 'cannot be read'),
    ],
)
def test_an_earlier_one_is_taken_with_a_warning(folder, damage, state):
    path, said = folder
    damage(path / 'epoch_3.pth')
    assert latest_checkpoint(str(path)) == str(path / 'epoch_2.pth')
    assert f"epoch_3.pth', which {state}; the run goes on from" in said[0]
    cut(path / 'epoch_2.pth')
    assert latest_checkpoint(str(path)) == str(path / 'epoch_1.pth')
    cut(path / 'epoch_1.pth')  # never from epoch 10, which is of another run
    with pytest.raises(FileNotFoundError, match=f'{state}, and no earlier checkpoint there is who'):
        latest_checkpoint(str(path))


@pytest.mark.parametrize('content', [None, '', '\0\0\0\0'])
def test_without_a_name_the_last_of_all_is_taken(folder, content):
    path, said = folder
    (path / 'last_checkpoint').unlink()
    if content is not None:
        (path / 'last_checkpoint').write_text(content)
    (path / 'best_x_epoch_99.pth').write_bytes((path / 'epoch_10.pth').read_bytes())
    assert latest_checkpoint(str(path)) == str(path / 'epoch_10.pth')
    assert 'has no last_checkpoint; the run goes on from' in said[0]


def test_an_empty_folder_has_none(tmp_path):
    assert latest_checkpoint(str(tmp_path)) is None
    assert latest_checkpoint(str(tmp_path / 'new')) is None


def test_weights_alone_are_no_run_but_whole(folder):
    path, _ = folder
    torch.save(dict(state_dict={}), path / 'epoch_3.pth', _use_new_zipfile_serialization=False)
    assert not is_damaged(str(path / 'epoch_3.pth'))
    assert latest_checkpoint(str(path)) == str(path / 'epoch_2.pth')


def test_a_refused_file_is_no_damage(folder):
    path, _ = folder
    write(path / 'epoch_3.pth', 3, bad=Call(os.system, 'true'))
    with pytest.raises(pickle.UnpicklingError, match=r'epoch_3.pth was refused'):
        latest_checkpoint(str(path))
    assert Path(path, 'epoch_3.pth').is_file()
