"""Files appear whole; nan is written as null."""

import json
import math

import pytest

from vlltr_mm.utils.files import open_whole, write_csv, write_json


def test_a_broken_write_leaves_the_old_file(tmp_path):
    path = tmp_path / 'new' / 'a.txt'
    with open_whole(str(path)) as file:
        file.write('old')
    with pytest.raises(RuntimeError):
        with open_whole(str(path)) as file:
            file.write('new')
            raise RuntimeError
    assert path.read_text() == 'old'
    assert [p.name for p in path.parent.iterdir()] == ['a.txt']


def test_json_and_csv(tmp_path):
    write_json(str(tmp_path / 'a.json'), dict(b=[math.nan, 1.5], a=(1, 2)))
    text = (tmp_path / 'a.json').read_text()
    assert 'NaN' not in text and text.endswith('\n')
    assert json.loads(text) == dict(a=[1, 2], b=[None, 1.5])
    with pytest.raises(ValueError):
        write_json(str(tmp_path / 'b.json'), math.inf)
    assert not (tmp_path / 'b.json').exists()
    write_csv(str(tmp_path / 'a.csv'), ('x', 'y'), [(1, 'a,b')])
    assert (tmp_path / 'a.csv').read_bytes() == b'x,y\n1,"a,b"\n'
