"""Files are read again when they have changed, and only then."""

import os

import numpy as np
import pytest

from vlltr_mm.utils import read_once as module
from vlltr_mm.utils.read_once import file_stamp, read_once


@pytest.fixture
def reader(monkeypatch):
    """A reader of lines, the files it opened, and an empty store."""
    monkeypatch.setattr(module, '_kept', module.OrderedDict())
    opened = []

    @read_once
    def read(path, other=None):
        opened.append(path.name)
        if path.stat().st_size == 0:
            raise ValueError('empty')
        return path.read_text().split(), np.zeros(2)

    return read, opened


def test_a_file_is_read_once_until_it_changes(tmp_path, reader):
    read, opened = reader
    a, b = tmp_path / 'a', tmp_path / 'b'
    a.write_text('x y')
    b.write_text('z')
    for _ in range(3):
        assert (read(a)[0], read(b)[0]) == (['x', 'y'], ['z'])
    assert opened == ['a', 'b']
    a.write_text('v w')  # as long as before
    os.utime(a, ns=(1, 1))
    assert read(a)[0] == ['v', 'w'] and opened == ['a', 'b', 'a']
    os.utime(a, ns=(1, 2))
    assert read(a)[0] == ['v', 'w'] and len(opened) == 4
    assert read(a, b)[0] == ['v', 'w'] and len(opened) == 5
    b.write_text('longer')
    read(a, b)
    assert len(opened) == 6


def test_callers_cannot_change_what_others_get(tmp_path, reader):
    read, opened = reader
    (tmp_path / 'a').write_text('x y')
    for _ in range(3):
        words, zeros = read(tmp_path / 'a')
        assert words == ['x', 'y'] and zeros.tolist() == [0, 0]
        words.clear()
        zeros += 1
    assert len(opened) == 1


def test_nothing_is_kept_of_a_file_that_cannot_be_read(tmp_path, reader):
    read, opened = reader
    (tmp_path / 'a').touch()
    for _ in range(2):
        with pytest.raises(ValueError, match='empty'):
            read(tmp_path / 'a')
    assert len(opened) == 2 and not module._kept


def test_the_least_used_go_first(tmp_path, reader, monkeypatch):
    read, opened = reader
    paths = [tmp_path / name for name in 'abc']
    for path in paths:
        path.write_text('x' * 100)
    read(paths[0])
    size = sum(size for _, size in module._kept.values())
    monkeypatch.setattr(module, '_LIMIT', 2 * size + size // 2)
    for index in (1, 0, 2, 0, 2, 1):
        read(paths[index])
    assert opened == ['a', 'b', 'c', 'b']
    monkeypatch.setattr(module, '_LIMIT', size // 2)
    read(tmp_path / 'b', tmp_path / 'a')
    assert not module._kept


def test_stamps(tmp_path):
    path = str(tmp_path / 'a')
    assert file_stamp(path) == [path, -1, -1]
    (tmp_path / 'a').write_text('four')
    os.utime(path, ns=(5, 7))
    assert file_stamp(path) == [path, 4, 7]
