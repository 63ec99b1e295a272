"""The runner that a config asks for, with the hooks that all our runs have."""

import os.path as osp
import time

from mmengine.config import Config, ConfigDict
from mmengine.hooks import CheckpointHook
from mmengine.logging import MessageHub
from mmengine.registry import RUNNERS
from mmengine.runner import Runner

from ...engine.data import check_no_skipping
from ...utils.host_noise import filter_log

# Key and type of the hooks that no run goes without.
_ALWAYS = dict(
    class_record='ClassRecordHook',
    finite_loss='FiniteLossHook',
    model_epoch='ModelEpochHook',
    random_state='RandomStateHook',
    sampling_prior='SamplingPriorHook',
    transform_epoch='TransformEpochHook',
)


def build_runner(cfg: Config) -> Runner:
    """Build the runner that a config asks for, with the hooks that all our runs have.

    Args:
        cfg (Config): changed in place: the hooks of ``_ALWAYS`` are added to
            its ``default_hooks`` where they are not named, and the host's
            ``CheckpointHook`` becomes a ``SafeCheckpointHook``.

    Raises:
        ValueError: see ``check_no_skipping``.
    """
    check_no_skipping(cfg)
    kinds = [hook['type'] for hook in _hooks(cfg)]
    named = {getattr(kind, '__name__', str(kind).rpartition('.')[2]) for kind in kinds}
    cfg.setdefault('default_hooks', ConfigDict()).setdefault(
        'checkpoint', dict(type='CheckpointHook')
    )
    for hook in _hooks(cfg):
        if hook['type'] in (CheckpointHook, 'CheckpointHook', 'mmengine.CheckpointHook'):
            hook['type'] = 'SafeCheckpointHook'
    for key, kind in _ALWAYS.items():
        if kind not in named:
            cfg.default_hooks[key] = dict(type=kind)
    wait_for_own_name(cfg)
    runner = RUNNERS.build(cfg) if 'runner_type' in cfg else Runner.from_cfg(cfg)
    filter_log(runner.logger)
    return runner


def wait_for_own_name(cfg: Config):
    """Wait, less than a second, while a run of the same config and second is in this process.

    MMEngine names what a run knows of itself by both: a later run would go on
    with the epochs, and remove the checkpoints, of the one before.
    """
    name = cfg.get('experiment_name') or osp.splitext(osp.basename(cfg.filename or ''))[0]
    while MessageHub.check_instance_created(f'{name}_{time.strftime("%Y%m%d_%H%M%S")}'):
        time.sleep(0.02)


def _hooks(cfg: Config) -> list[dict]:
    """Return the configs of all hooks of a config."""
    default = (cfg.get('default_hooks') or {}).values()
    return [hook for hook in [*default, *(cfg.get('custom_hooks') or [])] if hook]
