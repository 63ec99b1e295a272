"""Files appear whole; nan is written as null; what is read is JSON as everybody knows it."""

import gzip
import json
import math

import pytest

from vlltr_mm.utils import files
from vlltr_mm.utils.files import read_json, read_text, write_csv, write_json


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


@pytest.mark.parametrize(
    'content, value',
    [
        (b'{"a": [1, 2.5e3, null, true]}', dict(a=[1, 2500.0, None, True])),
        (b'\xef\xbb\xbf{"K\xc3\xb6ln": 1}\r\n', {'Köln': 1}),
        (b'["\\ud83d\\ude00"]', ['\U0001f600']),
        (b'[' * 100 + b']' * 100, None),
    ],
)
def test_json_is_read(tmp_path, content, value):
    (tmp_path / 'a.json').write_bytes(content)
    (tmp_path / 'a.json.gz').write_bytes(gzip.compress(content))
    for name in ('a.json', 'a.json.gz'):
        assert value in (None, read_json(str(tmp_path / name), 'x'))


@pytest.mark.parametrize(
    'content, message',
    [
        (b'', r'a.json is no JSON \(Expecting value.*\); it must hold a list'),
        (b'3', 'a.json holds a int; it must hold a list'),
        (b'[1, NaN]', r'a.json is no JSON \(NaN is no finite number\)'),
        (b'[-Infinity]', '-Infinity is no finite number'),
        (b'[1e999]', '1e999 is no finite number'),
        (b'{"a": 1, "b": {"c": 1, "c": 1}}', "the key 'c' stands twice in an object; remove one"),
        (b'[' * 101 + b']' * 101, 'nested more than 100 levels deep'),
        (b'[' * 10**5 + b']' * 10**5, 'a.json is no JSON .*recursion'),
        (b'[' + b'1' * 5000 + b']', 'a.json is no JSON .*4300'),
        (b'["\\udc80"]', 'a.json is no JSON .*surrogates not allowed'),
        (b'{"\\uD83D": 1}', 'surrogates not allowed'),
        (b'{"a":\n "K\xf6ln"}', 'a.json, line 2: byte 9 is 0xf6, so the file is no UTF-8 text'),
        ('{"a": 1}'.encode('utf-16'), 'a.json, line 1: byte 0 is 0xff, .* Save it as UTF-8'),
        ('{"a": 1}'.encode('utf-16-le'), 'line 1: byte 1 is 0x00, .* Save it as UTF-8'),
    ],
)
def test_what_is_no_json(tmp_path, content, message):
    (tmp_path / 'a.json').write_bytes(content)
    with pytest.raises(ValueError, match=message):
        read_json(str(tmp_path / 'a.json'), 'a list')


def test_damaged_and_huge_gzip(tmp_path, monkeypatch):
    whole = gzip.compress(json.dumps(list(range(1000))).encode(), mtime=0)
    broken = bytearray(whole)
    broken[40] ^= 0xFF
    for content in (b'', whole[:-20], whole[10:], bytes(broken)):
        (tmp_path / 'a.json.gz').write_bytes(content)
        with pytest.raises(ValueError, match='a.json.gz is no'):
            read_json(str(tmp_path / 'a.json.gz'), 'a list')
    monkeypatch.setattr(files, '_MOST_BYTES', 3000)
    (tmp_path / 'a.json.gz').write_bytes(whole)
    with pytest.raises(ValueError, match='a.json.gz has more than 3000 bytes'):
        read_json(str(tmp_path / 'a.json.gz'), 'a list')


def test_text_is_read_as_people_save_it(tmp_path):
    path = tmp_path / 'a.txt'
    path.write_bytes(b'\xef\xbb\xbfa\r\nK\xc3\xb6ln\rb\n')
    assert read_text(str(path), 'lines') == 'a\nKöln\nb\n'
    with pytest.raises(FileNotFoundError, match='is a folder; put lines there'):
        read_text(str(tmp_path), 'lines')
    with pytest.raises(FileNotFoundError, match='b.txt. does not exist; put lines there'):
        read_text(str(tmp_path / 'b.txt'), 'lines')
