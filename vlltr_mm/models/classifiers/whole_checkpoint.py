"""Start a model from a checkpoint that has all of it."""

from torch import nn

from ...utils.checkpoint import load_checkpoint_file
from ...utils.validation import check_weights
from ..backbones.openclip.weights import state_problems, state_tensors
from ..heads.anchor_record import RECORD_KEYS


def load_whole(model: nn.Module, path: str, name: str, own: tuple[str, ...] = ()):
    """Load a checkpoint into a model of which it must have every tensor, and no other.

    Args:
        model (nn.Module): filled in place.
        path (str): the checkpoint.
        name (str): of the model, for messages.
        own (tuple[str, ...]): beginnings of names that the checkpoint need not
            have. Defaults to ().

    Raises:
        FileNotFoundError: if there is no such file.
        ValueError: if a tensor is missing, not known, of another shape or not
            finite.
    """
    state = state_tensors(load_checkpoint_file(path), path)
    check_weights(state, path)
    needed = {k: v for k, v in model.state_dict().items() if not k.startswith(own or '\0')}
    # A record tells where anchors come from, and is there with a file's anchors alone.
    found = {k: v for k, v in state.items() if k.rpartition('.')[2] not in RECORD_KEYS}
    problems = state_problems(needed, found)
    if problems:
        raise ValueError(
            f'{path} does not fit the {name}: {problems}. Give the checkpoint of a run of that '
            'model, or the model that the checkpoint is of.'
        )
    model.load_state_dict(state, strict=False)
