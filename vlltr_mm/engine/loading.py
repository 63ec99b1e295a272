"""Weights of a finished model, without a runner."""

from torch import nn

from ..structures import ClassRecord
from ..utils.checkpoint import load_checkpoint_file
from .class_records import record_of_checkpoint
from .hooks.class_record_hook import check_finite, check_keys, state_dict_of
from .light_checkpoints import complete_checkpoint


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
