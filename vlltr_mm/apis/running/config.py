"""Find a config, and apply the command line to it."""

import difflib
import os.path as osp
from dataclasses import dataclass
from functools import reduce
from operator import getitem
from pathlib import Path

from mmengine.config import Config

from ...utils.config_files import list_configs
from ...utils.dist import needs_gloo
from .loaders import complete_loaders
from .overrides import check_auto_scale_lr, check_checkpoint, merge_options

_ENDINGS = ('.py', '.json', '.yaml', '.yml')


@dataclass(frozen=True)
class RunOptions:
    """What the command line says about a run.

    The fields mean what the options of the same name mean in MMPretrain's
    tools. ``work_dir`` and ``cfg_options`` are those of the named config
    only; the stage before it has ``pretrain_work_dir`` and
    ``pretrain_cfg_options``. ``feature_cache`` is the ``views`` of
    ``use_feature_cache``, for the named config; a config's own key of that
    name says it without the command line. ``tte`` and those that begin
    with it are the arguments of ``use_test_time_ensemble``, for a test.
    """

    work_dir: str | None = None
    resume: str | None = None
    amp: bool = False
    no_validate: bool = False
    auto_scale_lr: bool = False
    no_pin_memory: bool = False
    no_persistent_workers: bool = False
    launcher: str = 'none'
    cfg_options: dict | None = None
    pretrain_work_dir: str | None = None
    pretrain_cfg_options: dict | None = None
    feature_cache: int | None = None
    tte: int | None = None
    tte_average: str = 'logits'
    tte_shift: int | None = None


def find_config(name: str, folder: str = '') -> str:
    """Return the file of a config.

    Args:
        name (str): a path; or the name of a config of this project, such as
            'vlltr_r50_imagenet_lt' or 'baselines/ce/ce_r50_imagenet_lt', also
            with 'configs/' before it and '.py' behind. They are looked up in
            the checkout, or in what an installed package brings along.
        folder (str): where a relative path starts. Defaults to '', the
            working directory.

    Returns:
        str: the path.

    Raises:
        FileNotFoundError: if there is neither such a file nor such a name.
        ValueError: if the file is no config by its name.
    """
    path = osp.join(folder, name)
    if osp.isfile(path):
        if not path.endswith(_ENDINGS):
            raise ValueError(f"'{path}' is no config; its name must end in .py (or .json, .yaml).")
        return path
    ours = list_configs()
    parts = [part for part in Path(name).parts if part != '..']
    in_configs = parts[:1] == ['configs']
    wanted = '/'.join(parts[in_configs:])
    wanted = wanted[:-3] if wanted.endswith('.py') else wanted
    stem = wanted.rpartition('/')[2]
    for key, ours_path in ours.items():
        # What an earlier version had elsewhere in configs/ is found by its file name.
        moved = in_configs and key.rpartition('/')[2] == stem
        if moved or f'/{key}'.endswith(f'/{wanted}'):
            return ours_path
    close = difflib.get_close_matches(stem, {key.rpartition('/')[2] for key in ours}, n=3)
    raise FileNotFoundError(
        f"There is no file '{path}' and no config of that name"
        + (f'; close ones are {", ".join(close)}.' if close else '; see configs/README.md.')
    )


def load_config(path: str, options: RunOptions | None = None) -> Config:
    """Read a config and apply the command line to it.

    Args:
        path (str): the config file, or a name that ``find_config`` knows.
        options (RunOptions, optional): the command line. Defaults to None,
            all defaults.

    Returns:
        Config: ready for ``Runner.from_cfg``.

    Raises:
        FileNotFoundError: if there is no such config, or no checkpoint to
            resume from.
        ValueError: see ``merge_options``, ``check_auto_scale_lr``,
            ``complete_loaders`` and ``move_pretrain_dir``.
    """
    options = options or RunOptions()
    cfg = Config.fromfile(find_config(path))
    cfg.launcher = options.launcher
    cfg.work_dir = _normal_path(options.work_dir or _work_dir(cfg))
    if needs_gloo(options.launcher):
        cfg.model_wrapper_cfg = dict(type='MMDistributedDataParallel', device_ids=None)
    if options.amp and cfg.get('optim_wrapper'):
        cfg.optim_wrapper.type = 'AmpOptimWrapper'
        cfg.optim_wrapper.setdefault('loss_scale', 'dynamic')
    if options.no_validate:
        cfg.val_cfg = cfg.val_dataloader = cfg.val_evaluator = None
    if options.resume is not None:
        _set_resume(cfg, options.resume)
    if options.auto_scale_lr:
        cfg.auto_scale_lr = dict(cfg.get('auto_scale_lr') or {}, enable=True)
    if options.cfg_options:
        merge_options(cfg, options.cfg_options)
        cfg.work_dir = _normal_path(cfg.work_dir)
    check_auto_scale_lr(cfg)
    complete_loaders(cfg, not options.no_pin_memory, not options.no_persistent_workers)
    if cfg.get('pretrain_config') and not cfg.get('pretrain_work_dir'):
        cfg.pretrain_work_dir = _work_dir(Config.fromfile(stage_before(cfg)))
    if options.pretrain_work_dir or cfg.get('pretrain_config'):
        move_pretrain_dir(cfg, options.pretrain_work_dir or cfg.pretrain_work_dir)
    return cfg


def _set_resume(cfg: Config, checkpoint: str):
    """Make a run go on from a checkpoint, or with 'auto' from its latest."""
    cfg.resume, cfg.load_from = True, None
    if checkpoint != 'auto':
        cfg.load_from = osp.expanduser(checkpoint)
        check_checkpoint(cfg.load_from, "to resume from, or 'auto' for the latest")


def _work_dir(cfg: Config) -> str:
    """Return the folder of a config's run, named by the file if by nothing else."""
    return _normal_path(cfg.get('work_dir') or osp.join('work_dirs', Path(cfg.filename).stem))


def _normal_path(path: str) -> str:
    """Write a path in one way: 'work_dirs/x' for './work_dirs//x/'."""
    return osp.normpath(osp.expanduser(path))


def path_inside(path: str, folder: str) -> str | None:
    """Return where in a folder a path is, however both are written.

    Args:
        path (str): of a file or folder, also of one that does not exist.
        folder (str): the folder.

    Returns:
        str | None: relative to the folder; None where it is not inside.
    """
    path, folder = osp.abspath(osp.expanduser(path)), osp.realpath(osp.expanduser(folder))
    above = osp.dirname(path)
    while above != osp.dirname(above):
        if osp.realpath(above) == folder:
            return osp.relpath(path, above)
        above = osp.dirname(above)
    return None


def stage_before(cfg: Config) -> str | None:
    """Return the config file of the stage before.

    Args:
        cfg (Config): read from a file. Its ``pretrain_config`` is a path
            relative to that file or to one that it inherits from, or a name
            that ``find_config`` knows.

    Returns:
        str, optional: None where it names none.
    """
    before = cfg.get('pretrain_config')
    if not before:
        return None
    files = _inherited_files(cfg.filename)
    paths = (osp.join(osp.dirname(file), before) for file in files)
    return next(filter(osp.isfile, paths), None) or find_config(before, osp.dirname(cfg.filename))


def _inherited_files(path: str) -> list[str]:
    """List a config file and those of its ``_base_``, nearest first."""
    files = [path]
    for file in files:  # grows
        bases = Config._get_base_files(file)
        files += [osp.join(osp.dirname(file), base) for base in bases if '::' not in base]
    return files


def flatten(node, prefix: str = '') -> dict:
    """Return dotted key → value of the leaves of nested dicts and lists."""
    if isinstance(node, (dict, list)) and node:
        items = node.items() if isinstance(node, dict) else enumerate(node)
        flat = {}
        for key, value in items:
            flat.update(flatten(value, f'{prefix}.{key}' if prefix else str(key)))
        return flat
    return {prefix: node}


def stage_inputs(cfg: Config) -> dict[str, str]:
    """Find the files of the stage before that a config reads.

    Args:
        cfg (Config): with ``pretrain_work_dir`` where it has a stage before.

    Returns:
        dict[str, str]: dotted key → path, of every path in ``model`` and
        ``custom_hooks`` inside that folder.
    """
    if not cfg.get('pretrain_config'):
        return {}
    read = flatten({key: cfg.get(key) for key in ('model', 'custom_hooks')})
    return {
        key: value
        for key, value in read.items()
        if isinstance(value, str) and '/' in value and path_inside(value, cfg.pretrain_work_dir)
    }


def move_pretrain_dir(cfg: Config, folder: str):
    """Make a config read the stage before from another folder.

    Args:
        cfg (Config): changed in place.
        folder (str): replaces ``cfg.pretrain_work_dir``, however that is
            written, at the beginning of every path of ``stage_inputs``.

    Raises:
        ValueError: if the config has no stage before it.
    """
    if not cfg.get('pretrain_config'):
        raise ValueError(
            f'pretrain_work_dir is {folder!r}, but {cfg.filename}'
            ' names no pretrain_config; leave it out.'
        )
    folder = _normal_path(folder)
    for key, path in stage_inputs(cfg).items():
        *parents, last = (int(k) if k.isdigit() else k for k in key.split('.'))
        owner = reduce(getitem, parents, cfg)
        owner[last] = osp.join(folder, path_inside(path, cfg.pretrain_work_dir))
    cfg.pretrain_work_dir = folder
