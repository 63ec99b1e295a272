"""Files and folders appear whole; full disks are named; dead processes leave nothing."""

import errno
import os
import platform
import re
import stat
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import save_file

from vlltr_mm.utils import whole_path as whole_path_module
from vlltr_mm.utils.files import open_whole
from vlltr_mm.utils.whole_path import remove_folder, remove_leftovers, whole_folder, whole_path

WRITERS = {
    'plain': lambda path: Path(path).write_bytes(bytes(2**21)),
    'torch': lambda path: torch.save(torch.zeros(2**19), path),
    'safetensors': lambda path: save_file(dict(a=torch.zeros(2**19)), path),
    'numpy': lambda path: np.zeros(2**18).tofile(path),
}
FULL = """
import resource, sys
sys.path.insert(0, 'tests/test_utils')
from test_whole_path import WRITERS, whole_path
resource.setrlimit(resource.RLIMIT_FSIZE, (2**20, 2**20))
for name in sys.argv[2:]:
    try:
        with whole_path(sys.argv[1]) as temporary:
            WRITERS[name](temporary)
    except OSError as error:
        print(name, error.errno, error)
"""


def temporary_of(path, host=None, pid=None):
    """What another process would name its part of a file."""
    host = host or re.sub(r'\W', '_', platform.node(), flags=re.ASCII)[:32]
    return path.with_name(f'{path.name}.{host}-{pid}.vlltr_mm.tmp')


@pytest.fixture
def dead():
    """The number of a process that has ended."""
    process = subprocess.Popen([sys.executable, '-c', ''])
    process.wait()
    return process.pid


def test_a_broken_write_leaves_the_old_file(tmp_path):
    path = tmp_path / 'new' / 'a.txt'
    with open_whole(str(path)) as file:
        file.write('old')
    with pytest.raises(RuntimeError, match='mine'):
        with open_whole(str(path)) as file:
            file.write('new')
            raise RuntimeError('mine')
    assert path.read_text() == 'old'
    assert [p.name for p in path.parent.iterdir()] == ['a.txt']


def test_files_have_the_mode_of_the_umask(tmp_path):
    old = os.umask(0o027)
    try:
        with whole_path(str(tmp_path / 'a.safetensors')) as temporary:
            save_file(dict(a=torch.ones(1)), temporary)  # 0600 by itself
        with whole_folder(str(tmp_path / 'folder')) as temporary:
            open(os.path.join(temporary, 'a'), 'w').close()
    finally:
        os.umask(old)
    modes = [stat.S_IMODE((tmp_path / name).stat().st_mode) for name in ('a.safetensors', 'folder')]
    assert modes == [0o640, 0o750]


@pytest.mark.slow
@pytest.mark.skipif(os.name != 'posix', reason='limits of file sizes are POSIX')
def test_a_full_disk_is_named_and_leaves_nothing(tmp_path):
    path = tmp_path / 'a'
    path.write_text('old')
    code = [sys.executable, '-c', FULL, str(path), *WRITERS]
    done = subprocess.run(code, capture_output=True, encoding='utf-8', check=True)
    told = done.stdout.splitlines()
    assert [line.split()[0] for line in told] == list(WRITERS)
    for line in told:
        pattern = rf"'{path}' cannot be written \(.*; [\d.]+ MiB are free there\)\. Free some space"
        assert re.search(pattern, line)
    assert [p.name for p in tmp_path.iterdir()] == ['a'] and path.read_text() == 'old'


def test_other_errors_stay_as_they_are(tmp_path):
    for error in (OSError(errno.ENOENT, 'no such'), RuntimeError('mine'), KeyError('a')):
        with pytest.raises(type(error)) as caught:
            with whole_path(str(tmp_path / 'a')):
                raise error
        assert caught.value is error


def test_a_folder_is_there_when_it_is_whole(tmp_path):
    path = tmp_path / 'folder'
    with pytest.raises(ValueError, match='mine'):
        with whole_folder(str(path)):
            raise ValueError('mine')
    assert list(tmp_path.iterdir()) == []
    for text in ('one', 'two'):  # the first to finish wins
        with whole_folder(str(path)) as temporary:
            Path(temporary, text).touch()
            assert path.exists() == (text == 'two')
    assert list(tmp_path.iterdir()) == [path]
    assert [p.name for p in path.iterdir()] == ['one']
    remove_folder(str(path))
    assert list(tmp_path.iterdir()) == []


def test_leftovers_of_dead_processes_go_with_the_next_write(tmp_path, dead):
    path, other = tmp_path / 'a.pth', tmp_path / 'b.pth'
    kept = [temporary_of(path, pid=os.getppid()), temporary_of(path, 'elsewhere', dead)]
    kept += [tmp_path / f'a.pth.{dead}.tmp', tmp_path / 'a.pth.tmp', temporary_of(other, pid=dead)]
    gone = [temporary_of(path, pid=dead), temporary_of(path, 'far', 3), temporary_of(path, 'c', 4)]
    for file in kept + gone[:2]:
        file.write_text('half')
    (gone[2] / 'deep').mkdir(parents=True)
    for file in gone[1:]:
        os.utime(file, times=(time.time() - 2e5,) * 2)
    with whole_path(str(path)) as temporary:
        open(temporary, 'w').close()
    assert set(tmp_path.iterdir()) == {*kept, path}
    remove_leftovers(str(tmp_path))
    assert set(tmp_path.iterdir()) == {*kept[:-1], path}


def test_leftovers_may_have_our_own_number(tmp_path):
    path = tmp_path / 'folder'
    leftover = temporary_of(path, pid=os.getpid())
    (leftover / 'deep').mkdir(parents=True)
    with whole_folder(str(path)) as temporary:
        assert os.listdir(temporary) == []
    (leftover / 'deep').mkdir(parents=True)
    remove_folder(str(path))
    assert list(tmp_path.iterdir()) == []


def test_leftovers_may_be_removed_by_several_at_once(tmp_path, dead, monkeypatch):
    path = tmp_path / 'a.pth'
    files = [temporary_of(path, pid=dead), temporary_of(path, 'far', 3)]
    for file in files:
        file.write_text('half')

    def first_another_removes_all(search):
        for file in files:
            file.unlink(missing_ok=True)
        return search

    is_alive, scandir = whole_path_module.is_alive, os.scandir
    monkeypatch.setattr(os, 'scandir', lambda folder: first_another_removes_all([*scandir(folder)]))
    with whole_path(str(path)):
        pass
    monkeypatch.setattr(os, 'scandir', scandir)
    files[0].write_text('half')
    monkeypatch.setattr(
        whole_path_module, 'is_alive', lambda pid: first_another_removes_all(is_alive(pid))
    )
    remove_leftovers(str(tmp_path))
    assert [p.name for p in tmp_path.iterdir()] == ['a.pth']


def test_content_is_on_the_disk_before_its_name(tmp_path, monkeypatch):
    seen = []
    for name in ('fsync', 'replace'):
        real = getattr(os, name)
        watch = lambda *args, n=name, f=real: seen.append(n) or f(*args)  # noqa: E731
        monkeypatch.setattr(whole_path_module.os, name, watch)
    with whole_path(str(tmp_path / 'a')):
        pass
    assert seen == ['fsync', 'replace', 'fsync']
