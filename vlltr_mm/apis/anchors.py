"""Select anchor sentences offline, with the towers of a stage-1 run."""

import os.path as osp

import torch
from mmengine.config import Config
from mmengine.dist import is_main_process
from mmengine.registry import init_default_scope
from mmengine.runner import load_checkpoint
from mmpretrain.registry import HOOKS, TASK_UTILS

from ..engine import AnSSHook
from ..structures import AnchorSet
from ..utils.model import build_model

_SUFFIX = '.safetensors'


def select_anchors(
    cfg: Config, checkpoint: str, out_file: str | None = None, device: str | None = None, **settings
) -> AnchorSet:
    """Select anchors after stage 1 as ``AnSSHook`` does at its end.

    Args:
        cfg (Config): a stage-1 config.
        checkpoint (str): a checkpoint of that config.
        out_file (str, optional): the ``.safetensors`` file to write. Defaults
            to None, not written.
        device (str, optional): Defaults to None, a GPU where there is one.
        **settings: see ``selection_hook``.

    Returns:
        AnchorSet: the chosen anchors.

    Raises:
        FileNotFoundError: if there is no such checkpoint.
        ValueError: if ``out_file`` is no ``.safetensors``, the images or the
            corpus do not fit; see also ``selection_hook``.
    """
    init_default_scope(cfg.get('default_scope', 'mmpretrain'))
    if out_file is not None and not str(out_file).endswith(_SUFFIX):
        raise ValueError(f"out_file is '{out_file}'; give a file that ends in {_SUFFIX}.")
    hook = HOOKS.build(selection_hook(cfg, out_file, **settings))
    # First what takes seconds to be wrong: the corpus may take minutes.
    model = build_model(cfg)
    load_checkpoint(model, checkpoint, map_location='cpu', strict=True)
    model.to(device or ('cuda' if torch.cuda.is_available() else 'cpu'))
    hook.prepare(cfg)
    anchors, scores = hook.select(model)
    anchors.meta['checkpoint'] = osp.abspath(checkpoint)
    if out_file and is_main_process():
        hook.save(out_file, anchors, scores)
    return anchors


def selection_hook(cfg: Config, out_file: str | None = None, **settings) -> dict:
    """Return the config of the ``AnSSHook`` that makes a file.

    Of several hooks in ``custom_hooks`` it is the one that writes a file of
    that name, else the first with images, else the first.

    Args:
        cfg (Config): a stage-1 config.
        out_file (str, optional): the file. Defaults to None, any.
        **settings: arguments of ``AnSSHook`` that differ from the config's,
            such as ``images``, ``max_images_per_class`` or ``selector``; a
            selector without ``type`` changes only some arguments of the
            config's, one of another ``type`` has at least its
            ``num_anchors``. As everywhere in configs, None is the default;
            but for ``max_images_per_class`` it is all.

    Returns:
        dict: a new one.

    Raises:
        ValueError: if the config has no ``AnSSHook``, or images are given for
            a selector that needs none.
    """
    hooks = [dict(hook) for hook in cfg.get('custom_hooks') or [] if is_selection(hook)]
    if not hooks:
        raise ValueError(
            f'{cfg.filename} has no AnSSHook in custom_hooks to take the '
            'settings from; give a stage-1 config.'
        )
    name = osp.basename(out_file or '')
    makers = [h for h in hooks if osp.basename(h.get('out_file', f'anchors{_SUFFIX}')) == name]
    configured = (makers[-1:] or [h for h in hooks if h.get('images')] or hooks)[0]
    settings = {k: v for k, v in settings.items() if v is not None or k.startswith('max')}
    known = dict(configured.get('selector') or dict(type='AnSS', num_anchors=64))
    rule = dict(settings.pop('selector', {}))
    if rule.get('type', known.get('type')) != known.get('type'):
        known = {key: known[key] for key in ('num_anchors',) if key in known}
    rule = {**known, **rule}
    unused = {'images', 'max_images_per_class'} & set(settings)
    if unused and not TASK_UTILS.build(rule).needs_images:
        raise ValueError(
            f'{" and ".join(sorted(unused))} is given, but {rule["type"]} selects without images; '
            'leave it out, or take another selector.'
        )
    return {**configured, **settings, 'selector': rule}


def is_selection(hook) -> bool:
    """Whether a config is that of an ``AnSSHook``, by name or by class."""
    kind = hook.get('type') if isinstance(hook, dict) else None
    kind = HOOKS.get(kind) if isinstance(kind, str) else kind
    return isinstance(kind, type) and issubclass(kind, AnSSHook)
