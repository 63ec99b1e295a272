"""Light checkpoints to whole ones, and back."""

import os

import torch
from mmengine.config import Config
from mmengine.registry import init_default_scope

from ...engine.light_checkpoints import LightForm, complete_checkpoint
from ...utils.checkpoint import load_checkpoint_file
from ...utils.model import build_model
from ...utils.whole_path import whole_path

_FORMS = ('light', 'whole')


def convert_light(cfg: Config, source: str, target: str, form: str) -> str:
    """Leave out of a checkpoint what files have, or put it back.

    All else, such as the optimizer's state, stays. Both ways the result loads
    as the source does.

    Args:
        cfg (Config): that trained it; its ``pretrained`` and ``anchors`` are
            read.
        source (str): the checkpoint, light or whole.
        target (str): the ``.pth`` to write.
        form (str): 'light' or 'whole'.

    Returns:
        str: what was done, with both sizes.

    Raises:
        FileNotFoundError: if a file is missing.
        ValueError: if a file has other weights than the checkpoint was trained
            with, the checkpoint is not of the config, or no file has any of
            its tensors; nothing is written then.
    """
    if form not in _FORMS:
        raise ValueError(f'form is {form!r}; give {" or ".join(map(repr, _FORMS))}.')
    checkpoint = load_checkpoint_file(source)
    if not isinstance(checkpoint, dict):
        raise ValueError(f'{source} holds a {type(checkpoint).__name__}; it must be a checkpoint.')
    init_default_scope(cfg.get('default_scope', 'mmpretrain'))
    model = build_model(cfg)
    complete_checkpoint(checkpoint, model, source)
    # Strictly: whatever is written belongs to the config.
    model.load_state_dict(checkpoint.get('state_dict', checkpoint))
    lacks = 0
    if form == 'light':
        light = LightForm(model)
        if 'state_dict' in checkpoint:
            lacks = light.leave_out(checkpoint)
        else:
            lacks = light.leave_out(dict(state_dict=checkpoint))
        if not lacks:
            raise ValueError(f'{source} stays whole: {light}')
    with whole_path(target) as temporary:
        torch.save(checkpoint, temporary)
    sizes = [os.path.getsize(path) / 2**20 for path in (source, target)]
    what = f'light, without {lacks} tensors' if lacks else 'whole'
    return f'{target} is {what}: {sizes[1]:,.1f} MiB; {source} has {sizes[0]:,.1f}.'
