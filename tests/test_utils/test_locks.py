"""Folders that one run holds, and what is left of a run that was killed."""

import errno
import os
import socket

import filelock
import pytest
from dist_utils import run_ranks
from held_folders import held

from vlltr_mm.utils import locks
from vlltr_mm.utils.locks import LOCK_FILE, OWNER_FILE, check_idle, file_lock, hold_folders


def test_another_process_is_named(tmp_path):
    with held(tmp_path / 'run') as other:
        named = f"run' is in use: process {other.pid} on {socket.gethostname()} runs there. Wait"
        with pytest.raises(ValueError, match=named):
            with hold_folders([str(tmp_path / 'other'), str(tmp_path / 'run')]):
                pass
        with pytest.raises(ValueError, match=named):
            check_idle(str(tmp_path / 'run'))
        with hold_folders([str(tmp_path / 'other')]):  # the refusal has given it up
            pass


@pytest.mark.parametrize('leftover', [0, 1.5])
def test_a_killed_run_holds_nothing(tmp_path, monkeypatch, leftover):
    monkeypatch.setattr(locks, '_PATIENCE', 0.1)
    with held(tmp_path, leftover) as other:
        other.kill()
        other.join()
        assert (tmp_path / OWNER_FILE).exists()
        check_idle(str(tmp_path))
        with hold_folders([str(tmp_path)]):
            assert f'"pid": {os.getpid()}' in (tmp_path / OWNER_FILE).read_text()
    assert [path.name for path in tmp_path.iterdir()] == [LOCK_FILE]


def test_a_folder_is_held_once_and_given_up(tmp_path):
    (tmp_path / 'a').mkdir()
    folder = str(tmp_path / 'a')
    with hold_folders([folder, f'{folder}/', str(tmp_path / 'b')]) as give_up:
        assert (tmp_path / 'b' / OWNER_FILE).exists()
        give_up(f'{tmp_path}/../{tmp_path.name}/a')
        with held(folder):
            assert (tmp_path / 'b' / OWNER_FILE).exists()
        give_up(str(tmp_path / 'c'))
    assert not (tmp_path / 'b' / OWNER_FILE).exists()


def test_an_idle_folder_is_left_alone(tmp_path):
    check_idle(str(tmp_path / 'none'))
    check_idle(str(tmp_path))
    assert not list(tmp_path.iterdir())


def test_a_full_disk_is_named_and_holds_nothing(tmp_path, monkeypatch):
    def full(path):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with monkeypatch.context() as patch:
        patch.setattr('vlltr_mm.utils.whole_path._sync', full)
        with pytest.raises(OSError, match=rf"{OWNER_FILE}' cannot be written .*Free some space"):
            with hold_folders([str(tmp_path)]):
                pass
    assert [path.name for path in tmp_path.iterdir()] == [LOCK_FILE]
    with hold_folders([str(tmp_path)]):
        pass


@pytest.mark.parametrize('text', ['', '{', '[]', '{"host": "a"}', '{"host": 1, "pid": "x"}'])
def test_a_holder_that_cannot_be_read_is_unknown(tmp_path, monkeypatch, text):
    monkeypatch.setattr(locks, '_PATIENCE', 0.1)
    with held(tmp_path):
        (tmp_path / OWNER_FILE).write_text(text)
        with pytest.raises(ValueError, match='process of unknown number on an unknown host'):
            check_idle(str(tmp_path))


@pytest.mark.parametrize('error', [NotImplementedError('no'), OSError(38, 'no locks here')])
def test_without_locks_there_is_a_warning(tmp_path, monkeypatch, error):
    def refuse(*args, **kwargs):
        raise error

    monkeypatch.setattr(filelock.FileLock, 'acquire', refuse)
    said = []
    monkeypatch.setattr(locks, 'print_log', lambda text, *args, **kwargs: said.append(text))
    with hold_folders([str(tmp_path)]):
        pass
    with file_lock(str(tmp_path / 'x'), 1, 'the same may be built twice'):
        pass
    assert [text.partition(' (')[0] for text in said] == [
        f"No lock on '{tmp_path / LOCK_FILE}'",
        f"No lock on '{tmp_path / 'x'}'",
    ]
    assert 'two runs may mix' in said[0] and 'the same may be built twice' in said[1]


def test_a_lock_that_is_waited_for_in_vain_is_a_warning(tmp_path, monkeypatch):
    said = []
    monkeypatch.setattr(locks, 'print_log', lambda text, *args, **kwargs: said.append(text))
    with held(tmp_path):
        with file_lock(str(tmp_path / LOCK_FILE), 0.1, 'the same may be built twice'):
            pass
    assert len(said) == 1 and 'built twice' in said[0]


def hold_with_others(rank, world_size, *folders):
    told = []
    for folder in folders:
        try:
            with hold_folders([folder], 'pytorch'):
                told.append(rank > 0 or os.path.exists(os.path.join(folder, OWNER_FILE)))
        except ValueError as error:
            told.append(str(error))
    return told


@pytest.mark.slow
def test_all_ranks_are_refused_and_one_holds_for_all(tmp_path):
    with held(tmp_path / 'a'):
        first, second = run_ranks(hold_with_others, str(tmp_path / 'a'), str(tmp_path / 'b'))
    assert first == second
    assert "a' is in use" in first[0] and first[1] is True
