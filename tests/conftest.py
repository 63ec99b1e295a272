"""Shared set-up of the tests."""

import gc
import os

os.environ.setdefault('OMP_NUM_THREADS', '1')

import gpu_device  # noqa: E402
import pytest  # noqa: E402
from host_costs import spare_host_costs  # noqa: E402
from mmengine.registry import DefaultScope  # noqa: E402


@pytest.fixture(autouse=True)
def default_scope():
    """The scope of the host, whatever a runner of another test left."""
    with DefaultScope.overwrite_default_scope('mmpretrain'):
        yield


def pytest_collection_finish():
    """Spare what the host repeats, now that all is imported."""
    spare_host_costs()


def pytest_unconfigure():
    """Let the interpreter clear all as it ends: extensions report what is left."""
    gc.unfreeze()


def pytest_runtest_setup(item):
    """Skip what needs a GPU where there is none."""
    if item.get_closest_marker('gpu') and (reason := gpu_device.missing()):
        pytest.skip(reason)
