"""Types that a user allows checkpoints to hold."""

import abc
import functools
import os
import subprocess
from dataclasses import dataclass
from fractions import Fraction

import pytest
import torch
from refused_files import Call, refuse

from vlltr_mm import allow_types
from vlltr_mm.utils import checkpoint as checkpoint_module
from vlltr_mm.utils.checkpoint import load_checkpoint_file


@dataclass
class Held:
    """What somebody's checkpoints hold."""

    value: int


@pytest.fixture
def allowed(monkeypatch):
    monkeypatch.setattr(checkpoint_module, '_allowed', [])


def test_a_named_type_is_allowed_and_nothing_else(tmp_path, allowed):
    path, sentinel = tmp_path / 'held.pth', tmp_path / 'sentinel'
    torch.save(dict(held=Held(3)), path)
    refuse(path, r'Held')
    allow_types(Held, Held, Fraction)
    assert load_checkpoint_file(str(path))['held'] == Held(3)
    for function, *args in (
        (os.system, f'touch {sentinel}'),
        (eval, f'open({str(sentinel)!r}, "w")'),
        (getattr, Held, '__init__'),
    ):
        torch.save(dict(held=Held(Call(function, *args))), path)
        refuse(path)
    assert not sentinel.exists()


def test_the_list_of_the_process_is_left_alone(tmp_path, allowed):
    kept = torch.serialization.get_safe_globals()
    allow_types(Held)
    assert torch.serialization.get_safe_globals() == kept


@pytest.mark.parametrize(
    'given, match',
    [
        (os.system, 'is no class'),
        (Held(1), 'is no class'),
        ('os.system', 'is no class'),
        (type, 'give a plain class'),
        (type(abc.ABC), 'give a plain class'),
        (type(lambda: 0), 'builtins.function may do more than hold values'),
        (subprocess.Popen, 'subprocess.Popen may do more'),
        (functools.partial, 'functools.partial may do more'),
    ],
)
def test_what_is_no_inert_type_is_refused(given, match, allowed):
    with pytest.raises(ValueError, match=match):
        allow_types(Held, given)
    assert checkpoint_module._allowed == []


def test_a_class_that_a_file_cannot_name_is_refused(allowed):
    class Local:
        pass

    with pytest.raises(ValueError, match='Local cannot be allowed'):
        allow_types(Local)
