"""Train a config after the stages it builds on."""

import gc
import os.path as osp
from collections.abc import Iterator
from dataclasses import replace

from mmengine.config import Config
from mmengine.dist import barrier
from mmengine.evaluator import DumpResults
from mmengine.logging import print_log
from mmengine.registry import RUNNERS
from mmengine.runner import Runner

from ...utils.dist import init_gloo, needs_gloo
from ...utils.host_noise import filter_log
from ...utils.model import unwrap_model
from .config import RunOptions, load_config, stage_before, stage_inputs
from .feature_cache import use_feature_cache
from .loaders import check_first_epoch


def is_training_free(cfg: Config) -> bool:
    """Return whether a config only tests: its weights come from elsewhere."""
    return cfg.get('train_cfg') is None


def stage_outputs(cfg: Config) -> list[str]:
    """List what a stage writes for the next one; it is finished when all of it exists.

    Args:
        cfg (Config): of the stage, with ``work_dir``.

    Returns:
        list[str]: the checkpoint of the last epoch, or iteration, and the
        anchors of each ``AnSSHook``; none where nothing is trained.
    """
    files = []
    for key, name in (('max_epochs', 'epoch'), ('max_iters', 'iter')):
        last = (cfg.get('train_cfg') or {}).get(key)
        files += [f'{name}_{last}.pth'] if last else []
    if not is_training_free(cfg):
        files += [
            hook.get('out_file', 'anchors.safetensors')
            for hook in cfg.get('custom_hooks') or []
            if hook['type'] == 'AnSSHook'
        ]
    return [osp.join(cfg.work_dir, file) for file in files]


def plan_stages(path: str, options: RunOptions) -> Iterator[Config]:
    """Return the configs that have to run for ``path``, earliest first.

    A finished stage is left out, with those before it. With ``resume`` a
    half-done one goes on from its last checkpoint.

    Args:
        path (str): the config named on the command line.
        options (RunOptions): the command line.

    Yields:
        Config: the next one to run.
    """
    cfg = load_config(path, options)
    before = stage_before(cfg)
    if before:
        options = replace(
            options,
            work_dir=cfg.pretrain_work_dir,
            resume=options.resume and 'auto',
            cfg_options=options.pretrain_cfg_options,
            pretrain_work_dir=None,
            pretrain_cfg_options=None,
        )
        outputs = stage_outputs(load_config(before, options))
        if not all(map(osp.isfile, outputs)):
            yield from plan_stages(before, options)
        elif outputs:
            print_log(
                f'{cfg.pretrain_config} is finished: found {", ".join(outputs)}. '
                'To run it again name another --pretrain-work-dir.',
                'current',
            )
    yield cfg


def train(path: str, options: RunOptions | None = None):
    """Train a config, and before it the stages that it builds on.

    Args:
        path (str): the config file, or a name that ``find_config`` knows.
        options (RunOptions, optional): Defaults to None, all defaults.

    Returns:
        nn.Module | None: the trained model of the last stage; None if that
        one trains nothing.

    Raises:
        FileNotFoundError: if a stage ended without a file that the next one
            reads from it.
    """
    options = options or RunOptions()
    if needs_gloo(options.launcher):
        init_gloo(options.launcher)
    *before, last = plan_stages(path, options)
    for cfg in before:
        _run_stage(cfg)
    if is_training_free(last):
        print_log(f'{path} trains nothing; test it without a checkpoint.', 'current')
        return None
    return _run_stage(last, options.feature_cache)


def _run_stage(cfg: Config, feature_cache: int | None = None):
    """Train one stage, with what it reads from the one before in place."""
    lost = sorted({file for file in stage_inputs(cfg).values() if not osp.isfile(file)})
    if lost:
        raise FileNotFoundError(
            f'{cfg.pretrain_config} ended without writing {", ".join(lost)}, which {cfg.filename} '
            'reads; make the epochs and names of both configs agree.'
        )
    gc.collect()  # loaders and weights of the stage before
    if feature_cache is not None:
        cfg = use_feature_cache(cfg, feature_cache)
    runner = build_runner(cfg)
    check_first_epoch(runner)
    model = runner.train()
    barrier()
    return model


def build_runner(cfg: Config) -> Runner:
    """Build the runner that a config asks for."""
    runner = RUNNERS.build(cfg) if 'runner_type' in cfg else Runner.from_cfg(cfg)
    filter_log(runner.logger)
    return runner


def test(
    path: str,
    checkpoint: str | None = None,
    options: RunOptions | None = None,
    predictions: str | None = None,
) -> dict:
    """Test a checkpoint; nothing else of earlier stages is needed.

    Args:
        path (str): the config file, or a name that ``find_config`` knows.
        checkpoint (str, optional): the checkpoint file. Defaults to None, for
            a config that trains nothing (``train_cfg = None``): its model
            names the weights it starts from.
        options (RunOptions, optional): Defaults to None, all defaults.
        predictions (str, optional): a ``.pkl`` file for the predictions.
            Defaults to None.

    Returns:
        dict: the metrics.

    Raises:
        ValueError: if there is no checkpoint of a config that trains.
    """
    options = options or RunOptions()
    if needs_gloo(options.launcher):
        init_gloo(options.launcher)
    cfg = load_config(path, options)
    if checkpoint is None and not is_training_free(cfg):
        raise ValueError(
            f'{path} trains a model, so there is nothing to test without a '
            f'checkpoint; give one, such as {next(iter(stage_outputs(cfg)), cfg.work_dir)}.'
        )
    cfg.load_from = checkpoint
    if options.amp:
        cfg.test_cfg.fp16 = True
    runner = build_runner(cfg)
    if checkpoint is None:
        unwrap_model(runner.model).init_weights()
    if predictions:
        runner.test_evaluator.metrics.append(DumpResults(predictions))
    return runner.test()
