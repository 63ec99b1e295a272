"""Train a config after the stages it builds on."""

import gc
import logging
import os.path as osp
from dataclasses import replace

from mmengine.config import Config
from mmengine.dist import barrier
from mmengine.evaluator import DumpResults
from mmengine.logging import print_log
from mmengine.runner import Runner

from ...engine import ClassRecordHook
from ...utils.dist import init_gloo, needs_gloo
from ...utils.files import check_writable
from ...utils.locks import check_idle, hold_folders
from ...utils.model import unwrap_model
from .building import build_runner
from .config import RunOptions, load_config, stage_before, stage_inputs
from .feature_cache import use_feature_cache
from .handover import (
    check_inputs,
    check_outputs,
    check_plan,
    is_training_free,
    last_checkpoint,
    stage_outputs,
)
from .loaders import check_first_epoch
from .overrides import check_checkpoint
from .resuming import is_damaged, latest_checkpoint
from .test_time_ensemble import use_test_time_ensemble


def plan_stages(path: str, options: RunOptions) -> list[Config]:
    """Return the configs that have to run for ``path``, earliest first.

    A finished stage is left out, with those before it. With ``resume`` a
    half-done one goes on from its last checkpoint.

    Args:
        path (str): the config named on the command line.
        options (RunOptions): the command line.

    Returns:
        list[Config]: in the order they run; the last is that of ``path``.

    Raises:
        ValueError: if a finished stage is of other data, a stage does not
            write what the next one reads or would write over a finished
            checkpoint, or options for the stage before have none.
    """
    cfg = load_config(path, options)
    before = stage_before(cfg)
    if not before:
        if options.pretrain_cfg_options:
            raise ValueError(
                f'pretrain_cfg_options is {options.pretrain_cfg_options}, but {cfg.filename} '
                'names no pretrain_config; leave it out.'
            )
        return [cfg]
    options = replace(
        options,
        work_dir=cfg.pretrain_work_dir,
        resume=options.resume and 'auto',
        cfg_options=options.pretrain_cfg_options,
        pretrain_work_dir=None,
        pretrain_cfg_options=None,
    )
    cfg_before = load_config(before, options)
    check_inputs(cfg, cfg_before)
    if _is_finished(cfg, cfg_before, options):
        return [cfg]
    return [*plan_stages(before, options), cfg]


def _is_finished(cfg: Config, before: Config, options: RunOptions) -> bool:
    """Tell whether a stage need not run; refuse to run it over what it trained."""
    outputs, lost = stage_outputs(before), _lost_outputs(before)
    trained = last_checkpoint(before)
    there = trained is not None and trained not in lost
    if there and options.resume and is_damaged(trained):
        print_log(
            f'{trained} cannot be read to its end; {before.filename} is not finished.',
            'current',
            level=logging.WARNING,
        )
        return False
    if lost and there and options.resume is None:
        raise ValueError(
            f'{before.filename} has trained {trained}, but {", ".join(lost)} is missing. Give '
            '--resume to make only that, or another --pretrain-work-dir to train it again.'
        )
    if outputs and not lost:
        check_idle(before.work_dir)
        check_outputs(cfg, before)
        print_log(
            f'{cfg.pretrain_config} is finished: found {", ".join(outputs)}. '
            'To run it again name another --pretrain-work-dir.'
            + (' --pretrain-cfg-options has no effect on it.' if options.cfg_options else ''),
            'current',
        )
    return not lost


def _lost_outputs(cfg: Config) -> list[str]:
    """List what a stage says it writes and has not written."""
    return [file for file in stage_outputs(cfg) if not osp.isfile(file)]


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
        ValueError: if another run trains in a folder of a stage; see also
            ``plan_stages`` and ``check_plan``.
    """
    options = options or RunOptions()
    if needs_gloo(options.launcher):
        init_gloo(options.launcher)
    stages = plan_stages(path, options)
    unwritten = [cfg for cfg in stages[:-1] if _lost_outputs(cfg)]
    check_plan(stages)
    for cfg in stages:
        check_writable(cfg.work_dir)
    *before, last = stages
    trained = [cfg.work_dir for cfg in stages if not is_training_free(cfg)]
    with hold_folders(trained, options.launcher) as give_up:
        _check_unwritten(unwritten)
        for cfg in before:
            _run_stage(cfg)
            give_up(cfg.work_dir)
        if is_training_free(last):
            print_log(f'{path} trains nothing; test it without a checkpoint.', 'current')
            return None
        return _run_stage(last, options.feature_cache)


def _check_unwritten(stages: list[Config]):
    """Refuse to train again what another run has finished since these were planned."""
    for cfg in stages:
        if not _lost_outputs(cfg):
            raise ValueError(
                f'{cfg.filename} was finished in {cfg.work_dir} by another run just now; start '
                'this one again.'
            )


def _run_stage(cfg: Config, feature_cache: int | None = None):
    """Train one stage, with what it reads from the one before in place."""
    lost = sorted({file for file in stage_inputs(cfg).values() if not osp.isfile(file)})
    if lost:
        raise FileNotFoundError(
            f'{cfg.pretrain_config} ended without writing {", ".join(lost)}, which {cfg.filename} '
            'reads; make the epochs and names of both configs agree.'
        )
    gc.collect()  # loaders and weights of the stage before
    views = feature_cache or cfg.get('feature_cache')
    if views is not None:
        cfg = use_feature_cache(cfg, views)
    if cfg.get('resume') and cfg.get('load_from') is None:
        cfg.load_from = latest_checkpoint(cfg.work_dir)
    runner = build_runner(cfg)
    check_first_epoch(runner)
    model = runner.train()
    barrier()
    return model


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
    if options.amp:
        cfg.test_cfg.fp16 = True
    if options.tte is not None:
        cfg = use_test_time_ensemble(cfg, options.tte, options.tte_average, options.tte_shift)
    runner = evaluation_runner(cfg, checkpoint)
    if predictions:
        runner.test_evaluator.metrics.append(DumpResults(predictions))
    return runner.test()


def evaluation_runner(cfg: Config, checkpoint: str | None) -> Runner:
    """Build the runner that evaluates a checkpoint, or a model that needs none.

    Args:
        cfg (Config): as ``load_config`` returns it; see also ``build_runner``.
        checkpoint (str, optional): the file; None for a config that trains
            nothing.

    Raises:
        FileNotFoundError: if there is no such checkpoint.
        ValueError: if there is no checkpoint of a config that trains.
    """
    if checkpoint is None and not is_training_free(cfg):
        raise ValueError(
            f'{cfg.filename} trains a model, so there is nothing to test without a '
            f'checkpoint; give one, such as {next(iter(stage_outputs(cfg)), cfg.work_dir)}.'
        )
    if checkpoint is not None:
        check_checkpoint(checkpoint, 'to test')
    cfg.load_from = checkpoint
    if checkpoint is None and stage_before(cfg):
        check_outputs(
            cfg, load_config(stage_before(cfg), RunOptions(work_dir=cfg.pretrain_work_dir))
        )
    runner = build_runner(cfg)
    for hook in runner.hooks:
        if isinstance(hook, ClassRecordHook):
            hook.complete = True  # what is not in the checkpoint would be random
    if checkpoint is None:
        unwrap_model(runner.model).init_weights()
    return runner
