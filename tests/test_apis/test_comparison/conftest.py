"""Shared set-up of the tests of comparisons."""

import pytest
from comparison_runs import FakeRuns


@pytest.fixture
def fake(tmp_path, monkeypatch):
    """Configs in tmp_path, and fakes for training and testing."""
    return FakeRuns(tmp_path, monkeypatch)
