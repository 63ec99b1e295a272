"""Is a checkpoint that of a model? And its weights, without a runner."""

import logging

import torch
from mmengine.logging import print_log
from torch import nn

from ..models.heads.anchor_record import RECORD_KEYS
from ..structures import ClassRecord
from ..utils.checkpoint import load_checkpoint_file
from .class_records import record_of_checkpoint
from .light_checkpoints import complete_checkpoint

_SHOWN = 3  # keys named in a message


def load_for_test(model: nn.Module, path: str) -> ClassRecord | None:
    """Load a whole checkpoint, or a light one and its files, into a model.

    Args:
        model (nn.Module): changed in place.
        path (str): the checkpoint file.

    Returns:
        ClassRecord | None: what it was trained on; None where it does not
        tell.

    Raises:
        FileNotFoundError: if there is no such file, or one that a light
            checkpoint needs.
        ValueError: if a weight of the model is missing, has another shape or
            is not finite.
    """
    checkpoint = load_checkpoint_file(path)
    complete_checkpoint(checkpoint, model, path)
    state = state_dict_of(checkpoint)
    check_finite(state, path, model)
    check_keys(state, path, model, complete=True)
    model.load_state_dict(state, strict=False)
    return record_of_checkpoint(checkpoint, path)


def state_dict_of(checkpoint: dict) -> dict:
    """Return the weights of a checkpoint under the names of the model without wrapper."""
    state = checkpoint.get('state_dict', checkpoint)
    return {key.removeprefix('module.'): value for key, value in state.items()}


def check_finite(state: dict, name: str, model: nn.Module):
    """Refuse NaN anywhere, and infinite parameters; masks are infinite buffers."""
    parameters = {key for key, _ in model.named_parameters()}
    bad = [
        key
        for key, value in state.items()
        if isinstance(value, torch.Tensor)
        and value.is_floating_point()
        and (value.isnan().any() or (key in parameters and value.isinf().any()))
    ]
    if bad:
        raise ValueError(
            f'{name} has values that are not finite in {_listed(bad)}; take an earlier checkpoint '
            'of the run, or train again with a lower learning rate.'
        )


def check_keys(state: dict, name: str, model: nn.Module, complete: bool):
    """Refuse a checkpoint of another model.

    Raises:
        ValueError: if no weight of the model is in it or, where it must be
            complete, one is missing or has another shape.
    """
    wanted = {key: value for key, value in model.state_dict().items() if not _is_record(key)}
    missing = [key for key in wanted if key not in state]
    others = [key for key in state if key not in wanted and not _is_record(key)]
    shapes = [
        f'{key} {tuple(state[key].shape)} for {tuple(value.shape)}'
        for key, value in wanted.items()
        if key in state and state[key].shape != value.shape
    ]
    if not wanted or not (missing or shapes):
        return
    told = [f'it lacks {_listed(missing)}'] if missing else []
    told += [f'it has other shapes: {_listed(shapes)}'] if shapes else []
    told += [f'it has {_listed(others)} instead'] if others else []
    text = f'{name} is not of this model: {"; ".join(told)}.'
    if complete or len(missing) + len(shapes) == len(wanted):
        raise ValueError(f'{text} Name a checkpoint that this config trained.')
    print_log(f'{text} These keep what the config gives them.', 'current', level=logging.WARNING)


def _is_record(key: str) -> bool:
    return key.rpartition('.')[2] in RECORD_KEYS


def _listed(keys: list[str]) -> str:
    more = f' and {len(keys) - _SHOWN} more' if len(keys) > _SHOWN else ''
    return ', '.join(keys[:_SHOWN]) + more
