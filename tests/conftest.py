"""Shared set-up of the tests."""

import os

os.environ.setdefault('OMP_NUM_THREADS', '1')

import pytest  # noqa: E402
from mmengine.registry import DefaultScope  # noqa: E402


@pytest.fixture(autouse=True)
def default_scope():
    """The scope of the host, whatever a runner of another test left."""
    with DefaultScope.overwrite_default_scope('mmpretrain'):
        yield
