"""Select anchor sentences offline, with the towers of a stage-1 run."""

import os.path as osp

import torch
from mmengine.config import Config
from mmengine.dist import is_main_process
from mmengine.registry import init_default_scope
from mmengine.runner import load_checkpoint
from mmpretrain.registry import HOOKS

from ..structures import AnchorSet
from ..utils.model import build_model


def select_anchors(
    cfg: Config, checkpoint: str, out_file: str | None = None, device: str | None = None, **settings
) -> AnchorSet:
    """Select anchors after stage 1 as ``AnSSHook`` does at its end.

    Args:
        cfg (Config): a stage-1 config.
        checkpoint (str): a checkpoint of that config.
        out_file (str, optional): where to write the anchors. Defaults to
            None, not written.
        device (str, optional): Defaults to None, a GPU where there is one.
        **settings: arguments of ``AnSSHook`` that differ from the config's,
            such as ``images``, ``max_images_per_class`` or ``selector``; a
            selector without ``type`` changes only some arguments of the
            config's. Of several ``AnSSHook`` the first with images counts.

    Returns:
        AnchorSet: the chosen anchors.

    Raises:
        ValueError: if the config has no ``AnSSHook``, or the images or the
            corpus do not fit.
    """
    init_default_scope(cfg.get('default_scope', 'mmpretrain'))
    hooks = [h for h in cfg.get('custom_hooks', []) if h.type == 'AnSSHook']
    if not hooks:
        raise ValueError(
            f'{cfg.filename} has no AnSSHook in custom_hooks to take the '
            'settings from; give a stage-1 config.'
        )
    configured = next((h for h in hooks if h.get('images')), hooks[0])
    # As everywhere in configs, None is the default; but for the images per class it is all.
    settings = {k: v for k, v in settings.items() if v is not None or k.startswith('max')}
    rule = settings.get('selector')
    if rule and 'type' not in rule:
        known = configured.get('selector') or dict(type='AnSS')
        settings['selector'] = {**known, **rule}
    hook = HOOKS.build({**configured, **settings})
    hook.prepare(cfg)
    model = build_model(cfg)
    load_checkpoint(model, checkpoint, map_location='cpu', strict=True)
    device = device or ('cuda' if torch.cuda.is_available() else 'cpu')
    anchors, scores = hook.select(model.to(device))
    anchors.meta['checkpoint'] = osp.abspath(checkpoint)
    if out_file and is_main_process():
        hook.save(out_file, anchors, scores)
    return anchors
