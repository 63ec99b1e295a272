"""The Examples of the package run and say what happens."""
import doctest
import importlib
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parent.parent / 'vlltr_mm'
FILES = sorted(
    path for path in PACKAGE.rglob('*.py') if '>>> ' in path.read_text())


@pytest.mark.parametrize('path', FILES, ids=lambda p: p.stem)
def test_examples(path):
    name = '.'.join(path.relative_to(PACKAGE.parent).with_suffix('').parts)
    result = doctest.testmod(importlib.import_module(name))
    assert result.attempted > 0 and result.failed == 0
