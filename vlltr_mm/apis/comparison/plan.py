"""Where the runs of a comparison live, and what shapes their results."""

import hashlib
import json
import math
import os.path as osp
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from mmengine.config import Config

from ...utils.files import read_json, write_json
from ...utils.validation import check_mapping, check_text
from ..running.config import RunOptions, find_config, flatten, load_config, stage_before
from ..running.handover import is_training_free

RESOLVED_FILE = 'resolved_config.json'
_NOT_SHAPING = frozenset(
    {
        'cache_dir',
        'class_record',
        'finite_loss',
        'launcher',
        'log_level',
        'per_class_csv',
        'pretrain_config',
        'pretrain_work_dir',
        'resume',
        'resumed_schedule',
        'row_name',
        'sampling_prior',
        'starting_point',
        'training_counts',
        'vis_backends',
        'visualizer',
        'work_dir',
    }
)
_OWN_KEYS = ('randomness', 'randomness.seed', 'work_dir', 'pretrain_work_dir')


@dataclass(frozen=True)
class Stage:
    """One config as a comparison runs it.

    resolved: all that shapes the result, as JSON values, with the digest of
    the stage before. shared: outside the seeds' folders, as a starting point
    is.
    """

    path: str
    options: RunOptions
    cfg: Config
    resolved: dict
    shared: bool = False

    @property
    def digest(self) -> str:
        """Hash ``resolved``, 64 hex digits."""
        text = json.dumps(self.resolved, sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()

    @property
    def epochs(self) -> int | None:
        """Count what it trains; None where that is not in epochs."""
        if self.shared or is_training_free(self.cfg):
            return 0
        return self.cfg.train_cfg.get('max_epochs')


def seed_folder(root: str, seed: int) -> str:
    """Return where in a comparison's root the runs of a seed are."""
    return osp.join(root, f'seed{seed}')


def seed_options(config: str, root: str, seed: int, cfg_options: dict | None = None) -> RunOptions:
    """Return the options with which one seed of one config runs.

    The stage before runs with the same seed in the seed's own folder, unless
    its config says ``starting_point = True``: such a stage stands for weights
    that one would download, and is the same for all seeds and configs.

    Args:
        config (str): the config file.
        root (str): the folder of all seeds.
        seed (int): the seed.
        cfg_options (dict, optional): settings that replace those of this
            config. Defaults to None.

    Returns:
        RunOptions: for ``train`` and ``test``.

    Raises:
        ValueError: if ``cfg_options`` sets seed or folder.
    """
    for key in _OWN_KEYS:
        if key in (cfg_options or {}):
            raise ValueError(
                f"cfg_options sets '{key}'; seeds and folders of "
                'a comparison come from seeds and root, leave it out.'
            )
    folder = seed_folder(root, seed)
    chosen = {'randomness.seed': seed}
    options = RunOptions(
        work_dir=osp.join(folder, Path(config).stem), cfg_options={**(cfg_options or {}), **chosen}
    )
    before = stage_before(Config.fromfile(config))
    if before is None or Config.fromfile(before).get('starting_point'):
        return options
    return replace(
        options, pretrain_work_dir=osp.join(folder, Path(before).stem), pretrain_cfg_options=chosen
    )


def row_stages(config: str, root: str, seed: int, cfg_options: dict | None = None) -> list[Stage]:
    """List a config and all stages before it, earliest first.

    Args:
        config (str): the config file, or a name that ``find_config`` knows.
        root (str): the folder of all seeds.
        seed (int): the seed.
        cfg_options (dict, optional): for the named config only. Defaults to
            None.

    Returns:
        list[Stage]: the named config is the last.
    """
    config = find_config(config)
    options = seed_options(config, root, seed, cfg_options)
    stages, shared = [], False
    while config:
        cfg = load_config(config, options)
        stages.insert(0, (config, options, cfg, shared))
        config = stage_before(cfg)
        if config:
            shared = shared or bool(Config.fromfile(config).get('starting_point'))
            options = RunOptions() if shared else seed_options(config, root, seed)
    planned = []
    for path, options, cfg, shared in stages:
        before = planned[-1].digest if planned else None
        planned.append(Stage(path, options, cfg, resolve(cfg, before), shared))
    return planned


def resolve(cfg: Config, before: str | None) -> dict:
    """Keep what shapes a config's result.

    Args:
        cfg (Config): with the command line applied.
        before (str, optional): the digest of the stage before.

    Returns:
        dict: JSON values. Keys of logging and of the run's own folders are
        left out; paths into the folder of the stage before, or into that of
        ``features`` whose digest the config has, name these instead, so that a
        comparison may be moved.
    """
    folders = {'stage_before': cfg.get('pretrain_work_dir')}
    if cfg.get('features_digest'):
        folders['features'] = cfg.features
    folders = {name: osp.join(path, '') for name, path in folders.items() if path}
    return dict(_plain(cfg.to_dict(), folders), stage_before=before)


def _plain(node, folders: dict[str, str]):
    """Copy a config as JSON values without what shapes nothing."""
    if isinstance(node, dict):
        return {
            str(key): _plain(value, folders)
            for key, value in node.items()
            if key not in _NOT_SHAPING
        }
    if isinstance(node, (list, tuple)):
        return [_plain(value, folders) for value in node]
    if isinstance(node, str):
        for name, folder in folders.items():
            if osp.join(node, '').startswith(folder):
                return f'{name}/{node[len(folder) :]}'
        return node
    if isinstance(node, float) and not math.isfinite(node):
        return str(node)
    return node if isinstance(node, (int, float, type(None))) else str(node)


def row_names(configs: Sequence[str]) -> dict[str, str]:
    """Name the rows of a table.

    Args:
        configs (Sequence[str]): the config files, or names that
            ``find_config`` knows.

    Returns:
        dict[str, str]: name, the config's ``row_name`` or the stem of the
        file, → config file.

    Raises:
        FileNotFoundError: if there is no such config.
        ValueError: if a name is no text or occurs twice.
    """
    names, configs = [], list(map(find_config, configs))
    for path in configs:
        name = Config.fromfile(path).get('row_name', Path(path).stem)
        if not isinstance(name, str) or not name.strip():
            raise ValueError(f'{path}: row_name is {name!r}; give some text or leave it out.')
        names.append(name)
    _check_unique('row name', names, "give one of them another 'row_name'")
    return dict(zip(names, configs))


def check_plan(configs: dict[str, str], seeds: Sequence[int]):
    """Check that no two runs would share a folder.

    Args:
        configs (dict[str, str]): row name → config file.
        seeds (Sequence[int]): the seeds.

    Raises:
        ValueError: if a file name or a seed occurs twice, or there is none.
    """
    if not configs or not seeds:
        raise ValueError(
            f'{len(configs)} configs and {len(seeds)} seeds are given; give at least one of both.'
        )
    _check_unique(
        'file name',
        [Path(path).stem for path in configs.values()],
        'rename one, runs are kept by file name',
    )
    _check_unique('seed', list(seeds), 'give each once')


def _check_unique(what: str, values: list, remedy: str):
    twice = [value for value, count in Counter(values).items() if count > 1]
    if twice:
        raise ValueError(f'The {what} {twice[0]!r} occurs twice; {remedy}.')


def check_unchanged(stage: Stage, digest: str | None = None):
    """Check that a folder belongs to the config as it is now.

    Args:
        stage (Stage): the config and its folder.
        digest (str, optional): what the folder was made with. Defaults to
            None: that of its ``RESOLVED_FILE``, where there is one.

    Raises:
        ValueError: if the folder was made with another config, or holds
            checkpoints of an unknown one.
    """
    folder = stage.options.work_dir
    remedy = f'Remove {folder} to run it again, name another root, or restore {stage.path}.'
    file = osp.join(folder, RESOLVED_FILE)
    stored = _read_resolved(file) if osp.isfile(file) else None
    if digest is None and stored is None:
        if osp.isfile(osp.join(folder, 'last_checkpoint')):
            raise ValueError(
                f'{folder} has checkpoints but no {RESOLVED_FILE}: no comparison made them, and '
                f'with which config is not known. {remedy}'
            )
        return
    if (digest or stored['digest']) != stage.digest:
        changes = _changes(stored['config'], stage.resolved) if stored else ''
        raise ValueError(
            f'{folder} was made with another config than {stage.path} is now{changes}. {remedy}'
        )


def _read_resolved(file: str) -> dict:
    """Read what ``claim`` wrote."""
    stored = check_mapping(read_json(file, 'a resolved config'), file, ('digest', 'config'))
    check_text(stored['digest'], f'{file}, digest')
    check_mapping(stored['config'], f'{file}, config')
    return stored


def claim(stage: Stage):
    """Note in a folder which config it belongs to.

    Args:
        stage (Stage): the config and its folder.

    Raises:
        ValueError: see ``check_unchanged``.
    """
    check_unchanged(stage)
    write_json(
        osp.join(stage.options.work_dir, RESOLVED_FILE),
        dict(digest=stage.digest, config=stage.resolved),
    )


def _changes(old: dict, new: dict) -> str:
    """Name up to three keys that differ."""
    old, new = flatten(old), flatten(new)
    keys = sorted(k for k in {*old, *new} if old.get(k) != new.get(k))
    shown = [f'{key} was {old.get(key)}, is {new.get(key)}' for key in keys[:3]]
    more = [f'{len(keys) - 3} more'] if len(keys) > 3 else []
    return f' ({"; ".join(shown + more)})' if keys else ''
