"""Shared set-up of the tests."""

import gc
import os

os.environ.setdefault('OMP_NUM_THREADS', '1')

import gpu_device  # noqa: E402
import pytest  # noqa: E402
from host_costs import spare_host_costs  # noqa: E402
from hypothesis import settings  # noqa: E402
from mmengine.registry import DefaultScope  # noqa: E402
from run_names import give_runs_own_names  # noqa: E402

# Every run tries the same values; ARGS='--hypothesis-profile default' tries others.
settings.register_profile('same', derandomize=True)
settings.load_profile('same')


@pytest.fixture(autouse=True)
def default_scope():
    """The scope of the host, whatever a runner of another test left."""
    with DefaultScope.overwrite_default_scope('mmpretrain'):
        yield


def pytest_collection_modifyitems(items):
    """Start the files with slow tests first, so that no process waits for another's last."""
    slow = {item.path for item in items if item.get_closest_marker('slow')}
    items.sort(key=lambda item: item.path not in slow)


def pytest_collection_finish():
    """Mend for the tests what the host does to many runs of one process."""
    spare_host_costs()
    give_runs_own_names()


def pytest_unconfigure():
    """Let the interpreter clear all as it ends: extensions report what is left."""
    gc.unfreeze()
    gc.collect()


def pytest_runtest_setup(item):
    """Skip what needs a GPU where there is none."""
    if item.get_closest_marker('gpu') and (reason := gpu_device.missing()):
        pytest.skip(reason)
