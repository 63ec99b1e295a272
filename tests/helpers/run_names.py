"""Runs of one process that know nothing of one another."""

from mmengine.runner import Runner

from vlltr_mm.apis.running.building import wait_for_own_name

_from_cfg = Runner.from_cfg.__func__


def give_runs_own_names():
    """Let ``Runner.from_cfg`` wait as ``build_runner`` does.

    MMEngine names loggers by config and second: of two tests on a fast
    machine, one would find its losses in the folder of the other.
    """
    Runner.from_cfg = classmethod(_named_from_cfg)


def _named_from_cfg(cls, cfg):
    """Do what ``Runner.from_cfg`` does, under a name that no other run has."""
    wait_for_own_name(cfg)
    return _from_cfg(cls, cfg)
