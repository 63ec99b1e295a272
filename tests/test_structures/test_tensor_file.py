"""Tensors with JSON values in one file."""

import pytest
import torch
from safetensors.torch import save_file

from vlltr_mm.structures.tensor_file import load_tensors, save_tensors


def test_a_file_comes_back(tmp_path):
    path = str(tmp_path / 'a.safetensors')
    save_tensors(path, dict(x=torch.eye(2)), dict(classes=['a', 'Köln'], n=1))
    tensors, meta = load_tensors(path)
    assert torch.equal(tensors['x'], torch.eye(2)) and meta == dict(classes=['a', 'Köln'], n=1)


def test_a_file_of_others_has_no_meta(tmp_path):
    path = str(tmp_path / 'a.safetensors')
    save_file(dict(x=torch.eye(2)), path)
    assert load_tensors(path)[1] == {}


@pytest.mark.parametrize(
    'meta, message',
    [
        ('', 'The meta of .*a.safetensors is no JSON'),
        ('[' * 5000 + ']' * 5000, 'a.safetensors is no JSON .*recursion'),
        ('{"n": NaN}', 'a.safetensors is no JSON .*NaN is no finite number'),
        ('[1]', r'The meta of .*a.safetensors is \[1\]; it must be an object of keys'),
    ],
)
def test_another_meta(tmp_path, meta, message):
    path = str(tmp_path / 'a.safetensors')
    save_file(dict(x=torch.eye(2)), path, metadata=dict(meta=meta))
    with pytest.raises(ValueError, match=message):
        load_tensors(path)


def test_another_file(tmp_path):
    path = tmp_path / 'a.safetensors'
    path.write_bytes(b'x' * 100)
    with pytest.raises(ValueError, match='a.safetensors is not a safetensors file'):
        load_tensors(str(path))


@pytest.mark.parametrize('dtype', [torch.bfloat16, torch.float64, torch.int64, torch.bool])
def test_values_that_were_not_written(tmp_path, dtype):
    path = tmp_path / 'a.safetensors'
    tensors = dict(x=torch.ones(300, 2).to(dtype), none=torch.zeros(0, 3), one=torch.tensor(2.0))
    save_tensors(str(path), tensors, {})
    assert all(torch.equal(load_tensors(str(path))[0][name], tensors[name]) for name in tensors)
    content = path.read_bytes()
    path.write_bytes(content[:-300] + bytes(300))
    with pytest.raises(ValueError, match='a.safetensors, (x|one): it is not what was written'):
        load_tensors(str(path))
    assert load_tensors(str(path), with_values=False)[1] == {}
