"""Apply settings of the command line to a config, or say why they do not fit."""

import difflib
import inspect
import os.path as osp

from mmengine.config import Config
from mmengine.runner import Runner

# Read by the host from the whole config, not as arguments of its Runner.
_HOST_KEYS = {
    'activation_checkpointing',
    'compile',
    'custom_imports',
    'detect_anomalous_params',
    'efficient_conv_bn_eval',
    'find_unused_parameters',
    'model_wrapper_cfg',
    'sync_bn',
    'runner_type',
}
_OUR_KEYS = {'pretrain_config', 'row_name', 'starting_point'}
_ALWAYS_KNOWN = _HOST_KEYS | _OUR_KEYS | set(inspect.signature(Runner.__init__).parameters)


def merge_options(cfg: Config, options: dict):
    """Merge ``key=value`` settings into a config.

    Args:
        cfg (Config): changed in place.
        options (dict): dotted key → value, as of ``--cfg-options``.

    Raises:
        ValueError: if a key leads nowhere; says where it ends.
    """
    for key in options:
        _check_key(cfg, key)
        inside = [other for other in options if other.startswith(f'{key}.')]
        if inside and not isinstance(options[key], dict):
            raise ValueError(
                f"cfg_options sets '{key}' and, inside it, '{inside[0]}'; leave one of them out."
            )
    cfg.merge_from_dict(options)


def _check_key(cfg: Config, key: str):
    """Refuse a key that the host would take without effect, or fail at."""
    parts = key.split('.')
    if not all(parts):
        raise ValueError(
            f"cfg_options '{key}' has an empty part; write key=value, as in "
            'train_dataloader.batch_size=64.'
        )
    if parts[0] == 'pretrain_work_dir':
        raise ValueError(
            'cfg_options cannot set pretrain_work_dir, since the paths in it are already made; '
            'use --pretrain-work-dir (RunOptions.pretrain_work_dir).'
        )
    known = _ALWAYS_KNOWN | set(cfg.keys())
    if parts[0] not in known:
        close = difflib.get_close_matches(parts[0], known, n=1)
        raise ValueError(
            f"cfg_options '{key}': {cfg.filename} has no '{parts[0]}', so that it would change "
            'nothing; ' + (f"is '{close[0]}' meant?" if close else 'correct the name.')
        )
    node = cfg
    for depth, part in enumerate(parts):
        where = '.'.join(parts[:depth])
        if isinstance(node, (list, tuple)):
            if not (part.isdigit() and int(part) < len(node)):
                raise ValueError(
                    f"cfg_options '{key}': {where} is a list of {len(node)} in {cfg.filename}; "
                    f"'{part}' must be an index from 0 to {len(node) - 1}."
                )
            node = node[int(part)]
        elif not isinstance(node, (dict, Config)):
            raise ValueError(
                f"cfg_options '{key}': {where} is {node!r} in {cfg.filename} and has no '{part}'; "
                f'set {where} itself.'
            )
        elif part not in node:
            return
        else:
            node = node[part]


def check_auto_scale_lr(cfg: Config):
    """Refuse to scale a learning rate from an unknown batch size.

    Args:
        cfg (Config): the one to run.

    Raises:
        ValueError: if scaling is enabled without a ``base_batch_size``.
    """
    scaling = cfg.get('auto_scale_lr') or {}
    base = scaling.get('base_batch_size')
    known = isinstance(base, int) and base > 0
    if known or not scaling.get('enable') or not cfg.get('optim_wrapper'):
        return
    raise ValueError(
        f'The learning rate of {cfg.filename} cannot be scaled: auto_scale_lr.base_batch_size is '
        f'{base}; add auto_scale_lr = dict(base_batch_size=N), with N the batch size of all GPUs '
        'together for which its lr is meant, or leave out --auto-scale-lr.'
    )


def check_checkpoint(path: str, what: str):
    """Refuse a local checkpoint that is not there.

    Args:
        path (str): a file, or an address with '://', which is not looked at.
        what (str): what it is for, for the message.

    Raises:
        FileNotFoundError: if it is a local path and no file.
    """
    if '://' not in path and not osp.isfile(path):
        kind = 'is a folder' if osp.isdir(path) else 'does not exist'
        raise FileNotFoundError(f"'{path}' {kind}; name the checkpoint file {what}.")
