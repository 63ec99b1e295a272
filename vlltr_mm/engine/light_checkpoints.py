"""Checkpoints without what files have, and back."""

import logging
import os.path as osp

from torch import Tensor, nn

from ..models.file_backed import FileBacked
from ..structures.left_out import LeftOut, left_out_prefixes, refuse_light
from ..utils.weights_digest import file_digest, state_digest

_STATES = {'state_dict': '', 'ema_state_dict': 'module.'}  # and what stands before the names


class LightForm:
    """Leave out of checkpoints what ``pretrained`` and ``anchors`` of a model have.

    That is: tensors of towers that are not trained, of CVLP's teacher too,
    and the features of anchors, as far as they are, bit for bit, what
    ``init_weights`` reads from the file. Scalars stay, and what changed (such
    as running statistics, or a tower that came from another checkpoint).

    Args:
        model (nn.Module): as it trains, not wrapped; the files are read once.
    """

    def __init__(self, model: nn.Module):
        self._parts = {
            f'{name}.' if name else '': _Part(module)
            for name, module in model.named_modules()
            if isinstance(module, FileBacked) and module.file_source is not None
        }
        self._kept = [
            f'{prefix}{part.key}={part.file}'
            for prefix, part in self._parts.items()
            if part.differs
        ]

    @property
    def level(self) -> int:
        """The level to log it at: a warning where some of a file is not in the model."""
        saves = any(part.digests for part in self._parts.values())
        return logging.WARNING if self._kept or not saves else logging.INFO

    def __str__(self) -> str:
        files = {part.file for part in self._parts.values() if part.digests}
        if self._kept:
            return (
                'The frozen weights of the model are not all those of '
                f'{", ".join(self._kept)}; those that differ stay in the light checkpoints.'
            )
        if not files:
            return (
                'trained_only=True leaves nothing out: no frozen tower and no head of this model '
                'reads from a file; checkpoints are whole.'
            )
        return f'Checkpoints are light; to load them one needs {", ".join(sorted(files))}.'

    def leave_out(self, checkpoint: dict) -> int:
        """Take out of a checkpoint what files have.

        Args:
            checkpoint (dict): as a runner saves it; its state dicts, also the
                averaged one, are changed in place.

        Returns:
            int: how many tensors it lacks now.
        """
        states = [(checkpoint[key], start) for key, start in _STATES.items() if key in checkpoint]
        total = 0
        for prefix, part in self._parts.items():
            names = [name for name in part.digests if part.has(states, prefix, name)]
            if names:
                lacking = LeftOut(part.file, part.digest, names, part.sha256)
                for state, start in states:
                    lacking.write(state, f'{start}{prefix}')
            total += len(names)
        return total


class _Part:
    """What the file of one module has, as digests: the tensors would double the memory."""

    def __init__(self, module: FileBacked):
        content = module.read_file()
        trained = {name for name, tensor in module.named_parameters() if tensor.requires_grad}
        # Running statistics belong to a layer: they move where it is trained.
        layers = {name.rpartition('.')[0] for name in trained}
        moving = {n for n, _ in module.named_buffers() if n.rpartition('.')[0] in layers}
        own = module.state_dict()
        self.key, self.file, self.digest = module.file_key, module.file_source, content.digest
        self.digests = {
            name: _digest(tensor.to(own[name].dtype))
            for name, tensor in content.state.items()
            if name in own and tensor.ndim and name not in trained | moving
        }
        path = osp.expanduser(self.file)
        self.sha256 = file_digest(path) if self.digests and osp.isfile(path) else None
        self.differs = any(_digest(own[name]) != found for name, found in self.digests.items())

    def has(self, states: list[tuple[dict, str]], prefix: str, name: str) -> bool:
        """Tell whether all state dicts have, at a place, what the file has."""
        found = (state.get(f'{start}{prefix}{name}') for state, start in states)
        return all(t is not None and _digest(t) == self.digests[name] for t in found)


def _digest(tensor: Tensor) -> str:
    return state_digest({'': tensor})


def complete_checkpoint(checkpoint: dict, model: nn.Module, name: str):
    """Put back into a light checkpoint what it lacks.

    Args:
        checkpoint (dict): as read from a file, or a bare state dict; changed
            in place.
        model (nn.Module): whose config names the files; not wrapped.
        name (str): of the checkpoint, for the messages.

    Raises:
        FileNotFoundError: if a file is missing.
        ValueError: if a file has other numbers, or the model has no module
            that could read it.
    """
    modules = dict(model.named_modules())
    found = [(checkpoint[key], start) for key, start in _STATES.items() if key in checkpoint]
    for state, start in found or [(checkpoint, '')]:
        for prefix in left_out_prefixes(state):
            owner = modules.get(prefix.removeprefix(start or 'module.').removesuffix('.'))
            if not isinstance(owner, FileBacked):
                refuse_light(state, f'{name}, which the model of this config cannot complete,')
            try:
                owner.fill_left_out(state, prefix)
            except (FileNotFoundError, RuntimeError, ValueError) as error:
                raise type(error)(f'{name}: {error}') from error
