"""Train a config after the stages it builds on."""

import gc
import os.path as osp
from dataclasses import dataclass, replace
from typing import Callable, Iterator, List, Optional

from mmengine.config import Config, ConfigDict
from mmengine.dist import barrier
from mmengine.evaluator import DumpResults
from mmengine.logging import print_log
from mmengine.registry import RUNNERS
from mmengine.runner import Runner

from ...utils.dist import init_gloo, needs_gloo
from ...utils.model import unwrap_model
from .feature_cache import use_feature_cache

_LOADERS = ('train_dataloader', 'val_dataloader', 'test_dataloader')
_READERS = ('model', 'custom_hooks')  # what may read the stage before


@dataclass(frozen=True)
class RunOptions:
    """What the command line says about a run.

    The fields mean what the options of the same name mean in MMPretrain's
    tools. ``work_dir`` and ``cfg_options`` are those of the named config
    only; the stage before it has ``pretrain_work_dir`` and
    ``pretrain_cfg_options``. ``feature_cache`` is the ``views`` of
    ``use_feature_cache``, for the named config.
    """

    work_dir: Optional[str] = None
    resume: Optional[str] = None
    amp: bool = False
    no_validate: bool = False
    auto_scale_lr: bool = False
    no_pin_memory: bool = False
    no_persistent_workers: bool = False
    launcher: str = 'none'
    cfg_options: Optional[dict] = None
    pretrain_work_dir: Optional[str] = None
    pretrain_cfg_options: Optional[dict] = None
    feature_cache: Optional[int] = None


def load_config(path: str, options: RunOptions) -> Config:
    """Read a config and apply the command line to it.

    Args:
        path (str): the config file.
        options (RunOptions): the command line.

    Returns:
        Config: ready for ``Runner.from_cfg``.
    """
    cfg = Config.fromfile(path)
    cfg.launcher = options.launcher
    if options.work_dir is not None:
        cfg.work_dir = options.work_dir
    elif cfg.get('work_dir') is None:
        cfg.work_dir = osp.join('work_dirs', osp.splitext(osp.basename(path))[0])
    if needs_gloo(options.launcher):
        cfg.model_wrapper_cfg = dict(type='MMDistributedDataParallel', device_ids=None)
    if options.amp and cfg.get('optim_wrapper'):
        cfg.optim_wrapper.type = 'AmpOptimWrapper'
        cfg.optim_wrapper.setdefault('loss_scale', 'dynamic')
    if options.no_validate:
        cfg.val_cfg = cfg.val_dataloader = cfg.val_evaluator = None
    if options.resume is not None:
        cfg.resume = True
        cfg.load_from = None if options.resume == 'auto' else options.resume
    if options.auto_scale_lr:
        cfg.auto_scale_lr.enable = True
    _set_loader_options(cfg, options)
    if options.cfg_options:
        cfg.merge_from_dict(options.cfg_options)
    if options.pretrain_work_dir:
        move_pretrain_dir(cfg, options.pretrain_work_dir)
    return cfg


def _set_loader_options(cfg: Config, options: RunOptions):
    """Complete the data loaders the way MMPretrain's tools do."""
    for name in _LOADERS:
        if cfg.get(name) is None:
            continue
        loader = ConfigDict(
            pin_memory=True,
            persistent_workers=cfg[name].get('num_workers', 0) > 0,
            collate_fn=dict(type='default_collate'),
        )
        loader.update(cfg[name])
        loader.pin_memory &= not options.no_pin_memory
        loader.persistent_workers &= not options.no_persistent_workers
        cfg[name] = loader


def _map_strings(node, change: Callable[[str], str]):
    """Copy nested dicts and lists with every string changed."""
    if isinstance(node, dict):
        return {key: _map_strings(v, change) for key, v in node.items()}
    if isinstance(node, (list, tuple)):
        return type(node)(_map_strings(v, change) for v in node)
    return change(node) if isinstance(node, str) else node


def pretrain_outputs(cfg: Config) -> List[str]:
    """List the files of the stage before that a config reads.

    Args:
        cfg (Config): with ``pretrain_work_dir`` where it has a stage before.

    Returns:
        list[str]: every path in ``model`` and ``custom_hooks`` inside that
        folder, sorted.
    """
    if not cfg.get('pretrain_config'):
        return []
    found, folder = set(), osp.join(cfg.pretrain_work_dir, '')

    def note(text: str) -> str:
        if text.startswith(folder):
            found.add(text)
        return text

    for key in _READERS:
        _map_strings(cfg.get(key), note)
    return sorted(found)


def move_pretrain_dir(cfg: Config, folder: str):
    """Make a config read the stage before from another folder.

    Args:
        cfg (Config): changed in place.
        folder (str): replaces ``cfg.pretrain_work_dir`` at the beginning of
            every path in ``model`` and ``custom_hooks``.

    Raises:
        ValueError: if the config has no stage before it.
    """
    if not cfg.get('pretrain_config'):
        raise ValueError(
            f'pretrain_work_dir is {folder!r}, but {cfg.filename}'
            ' names no pretrain_config; leave it out.'
        )
    old, new = osp.join(cfg.pretrain_work_dir, ''), osp.join(folder, '')

    def move(text: str) -> str:
        return new + text[len(old) :] if text.startswith(old) else text

    cfg.merge_from_dict({key: _map_strings(cfg[key], move) for key in _READERS if key in cfg})
    cfg.pretrain_work_dir = folder


def plan_stages(path: str, options: RunOptions) -> Iterator[Config]:
    """Return the configs that have to run for ``path``, earliest first.

    A stage before is left out when every file that the next one reads from it
    exists. With ``resume`` it goes on from its last checkpoint.

    Args:
        path (str): the config file named on the command line.
        options (RunOptions): the command line.

    Yields:
        Config: the next one to run.
    """
    cfg = load_config(path, options)
    outputs = pretrain_outputs(cfg)
    missing = [file for file in outputs if not osp.isfile(file)]
    if missing:
        yield from plan_stages(
            osp.join(osp.dirname(path), cfg.pretrain_config),
            replace(
                options,
                work_dir=cfg.pretrain_work_dir,
                resume=options.resume and 'auto',
                cfg_options=options.pretrain_cfg_options,
                pretrain_work_dir=None,
                pretrain_cfg_options=None,
            ),
        )
    elif outputs:
        print_log(
            f'{cfg.pretrain_config} is finished: found {", ".join(outputs)}. '
            'To run it again name another --pretrain-work-dir.',
            'current',
        )
    yield cfg


def train(path: str, options: Optional[RunOptions] = None):
    """Train a config, and before it the stages that it builds on.

    Args:
        path (str): the config file.
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


def is_training_free(cfg: Config) -> bool:
    """Whether a config only tests: its weights come from elsewhere."""
    return cfg.get('train_cfg') is None


def _run_stage(cfg: Config, feature_cache: Optional[int] = None):
    """Train one stage, with what it reads from the one before in place."""
    lost = [file for file in pretrain_outputs(cfg) if not osp.isfile(file)]
    if lost:
        raise FileNotFoundError(
            f'{cfg.pretrain_config} ended without writing {", ".join(lost)}, '
            f'which {cfg.filename} reads; make the epochs and names of both '
            'configs agree.'
        )
    gc.collect()  # loaders and weights of the stage before
    if feature_cache is not None:
        cfg = use_feature_cache(cfg, feature_cache)
    model = build_runner(cfg).train()
    barrier()
    return model


def build_runner(cfg: Config) -> Runner:
    """Build the runner that a config asks for."""
    if 'runner_type' in cfg:
        return RUNNERS.build(cfg)
    return Runner.from_cfg(cfg)


def test(
    path: str,
    checkpoint: Optional[str] = None,
    options: Optional[RunOptions] = None,
    predictions: Optional[str] = None,
) -> dict:
    """Test a checkpoint; nothing else of earlier stages is needed.

    Args:
        path (str): the config file.
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
            f'checkpoint; give one, such as {cfg.work_dir}/'
            f'epoch_{cfg.train_cfg.get("max_epochs")}.pth.'
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
