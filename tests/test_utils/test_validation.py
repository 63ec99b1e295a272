"""Each check takes what it promises and names place, value and remedy of the rest."""

import math

import numpy as np
import pytest
import torch

from vlltr_mm.utils.validation import (
    check_int,
    check_list,
    check_mapping,
    check_number,
    check_tensor,
    check_text,
    check_weights,
    shown,
)


@pytest.mark.parametrize('value', [0, 7, 7.0, np.int64(7), 2**63 - 1])
def test_whole_numbers(value):
    assert check_int(value, 'f.json, seed') == value
    assert type(check_int(value, 'f.json, seed')) is int


@pytest.mark.parametrize(
    'value', [-1, 1.7, True, '1', None, [1], math.nan, math.inf, 2**63, 1e300, np.True_]
)
def test_no_whole_numbers(value):
    with pytest.raises(ValueError, match='f.json, seed is .*; it must be a whole number of at lea'):
        check_int(value, 'f.json, seed')
    with pytest.raises(ValueError, match=r'whole number in 10 \.\. 20\. Correct it'):
        check_int(value, 'f.json, seed', 10, 20)


@pytest.mark.parametrize('value', [-1e308, 0, 2.5, np.float32(0.5), 10**300])
def test_numbers(value):
    assert check_number(value, 'f.json, x') == float(value)


@pytest.mark.parametrize('value', [math.nan, -math.inf, 10**400, False, '1', None, []])
def test_no_numbers(value):
    with pytest.raises(ValueError, match='f.json, x is .*; it must be a finite number. Corr'):
        check_number(value, 'f.json, x')


def test_ranges_of_numbers():
    assert check_number(100, 'x', 0, 100) == 100.0
    for value in (-0.1, 999):
        with pytest.raises(ValueError, match=r'a finite number in 0 \.\. 100'):
            check_number(value, 'x', 0, 100)
    with pytest.raises(ValueError, match='a finite number of at most 5'):
        check_number(6, 'x', high=5)


def test_text():
    assert check_text('Köln', 'x') == 'Köln'
    for value in ('', ' \n', 1, None, b'a', 'a\0', '\ud800'):
        with pytest.raises(ValueError, match='x is .*; it must be some text'):
            check_text(value, 'x')
    with pytest.raises(ValueError, match="x is 'c'; allowed are 'a', 'b'"):
        check_text('c', 'x', ('a', 'b'))


def test_containers():
    assert check_list((1, 2), 'x', 2) == [1, 2]
    with pytest.raises(ValueError, match="x is '12'; it must be a list"):
        check_list('12', 'x')
    with pytest.raises(ValueError, match='x has 1 entries, .*; it must have 2'):
        check_list([1], 'x', 2)
    assert check_mapping(dict(a=1, b=2), 'x', ['a']) == dict(a=1, b=2)
    with pytest.raises(ValueError, match='it must be an object of keys'):
        check_mapping([('a', 1)], 'x')
    with pytest.raises(ValueError, match=r"x has no 'b', 'c'; it has \['a'\]"):
        check_mapping(dict(a=1), 'x', ['a', 'b', 'c'])


def test_tensors():
    assert check_tensor(torch.ones(2, 3).half(), 'x', 2) is not None
    # Finite numbers whose sum is not are no fault.
    check_tensor(torch.full((4,), 1e308, dtype=torch.float64), 'x', 1)
    check_tensor(torch.tensor([1], dtype=torch.uint8), 'x', 1, 'int')
    check_tensor(torch.tensor(True), 'x', 0, 'bool')
    check_tensor(torch.empty(0, 3), 'x', 2)
    check_tensor(torch.tensor([math.nan, 1.0]), 'x', 1, nan=True)
    with pytest.raises(ValueError, match=r'x has 1 numbers .* at \(1,\): -inf'):
        check_tensor(torch.tensor([math.nan, -math.inf]), 'x', 1, nan=True)


@pytest.mark.parametrize(
    'value, message',
    [
        ([1.0], r'x is \[1.0\]; it must be a dense tensor'),
        (torch.eye(2).to_sparse(), 'it must be a dense tensor'),
        (torch.eye(2, device='meta'), 'it must be a dense tensor'),
        (torch.ones(2), r'x is \(2,\) of torch.float32; it must have 2 axes'),
        (torch.ones(2, 2, dtype=torch.int64), 'torch.int64; it must have 2 axes and be one of'),
        (torch.ones(2, 2, dtype=torch.complex64), 'x is .* of torch.complex64'),
        (torch.ones(2, 2).to(torch.float8_e4m3fn), 'x is .* of torch.float8_e4m3fn'),
        (torch.tensor([[0, 1], [math.nan, math.inf]]), r'x has 2 numbers .* at \(1, 0\): nan'),
    ],
)
def test_other_tensors(value, message):
    with pytest.raises(ValueError, match=message):
        check_tensor(value, 'x', 2)


def test_weights():
    weights = dict(a=torch.ones(2), b=torch.tensor(3), c=torch.tensor([True]))
    check_weights(weights, 'f.pth')
    with pytest.raises(ValueError, match=r'f.pth, d has 1 numbers .* at \(\): inf'):
        check_weights(dict(weights, d=torch.tensor(math.inf)), 'f.pth')
    for odd in (torch.eye(2).to_sparse(), torch.ones(2, dtype=torch.complex64)):
        with pytest.raises(ValueError, match='f.pth, d is .*; it must be a dense tensor of real'):
            check_weights(dict(weights, d=odd), 'f.pth')


def test_values_are_shown_short():
    assert shown('a') == "'a'"
    assert len(shown('a' * 1000)) == 61
