"""Read checkpoints without running anything that is in them."""
import os.path as osp
import pickle
import re
from contextlib import contextmanager

import numpy as np
import torch
from mmengine.logging import HistoryBuffer
from mmengine.runner.checkpoint import CheckpointLoader
from safetensors.torch import load_file

_STATISTICS = ('min', 'max', 'current', 'mean')


def _history_statistic(owner, name: str):
    """Stand in for ``getattr``, which MMEngine's log buffers are pickled with.

    The real one would let a file reach any attribute of any allowed object,
    and from there the whole interpreter.
    """
    if owner is HistoryBuffer and name in _STATISTICS:
        return getattr(HistoryBuffer, name)
    raise pickle.UnpicklingError(f'attribute {name!r} of {owner!r}')


def _safe_globals() -> list:
    """List what a checkpoint may name beyond torch's own safe list."""
    # numpy 1 and 2 write the same two functions under different modules.
    rebuild = np.zeros(0).__reduce__()[0]
    scalar = np.float64(0).__reduce__()[0]
    pairs = [(_history_statistic, 'builtins.getattr')]
    for module in ('numpy.core.multiarray', 'numpy._core.multiarray'):
        pairs += [(rebuild, f'{module}._reconstruct'),
                  (scalar, f'{module}.scalar')]
    kinds = [type(np.dtype(code)) for code in ('f8', 'i8')]
    return [HistoryBuffer, np.ndarray, np.dtype, *kinds, *pairs]


@contextmanager
def _only_safe_globals():
    """Allow our list alone, whatever else this process has registered.

    A ``getattr`` registered elsewhere, as torch's own hint proposes, would
    compete with our stand-in for the same name.
    """
    kept = torch.serialization.get_safe_globals()
    torch.serialization.clear_safe_globals()
    torch.serialization.add_safe_globals(_safe_globals())
    try:
        yield
    finally:
        torch.serialization.clear_safe_globals()
        torch.serialization.add_safe_globals(kept)


@contextmanager
def _untouched_statistics():
    """Keep the table that every unpickled ``HistoryBuffer`` writes into.

    It belongs to the class, so that a file could change what this process
    logs, in buffers of its own too.
    """
    table = HistoryBuffer()._statistics_methods
    kept = dict(table)
    try:
        yield
    finally:
        table.clear()
        table.update(kept)


def load_checkpoint_file(path: str, map_location='cpu'):
    """Read a local checkpoint with torch's ``weights_only`` check on.

    What MMEngine's runners write is read whole, except ``meta['config']``,
    which MMEngine would execute as Python on resume and never writes itself.
    There is no fallback to an unchecked load.

    Args:
        path (str): a ``.pth``/``.pt``/``.bin`` file, or ``.safetensors``.
        map_location (str | torch.device | Callable): as in ``torch.load``;
            ``.safetensors`` always come to the CPU. Defaults to 'cpu'.

    Returns:
        object: what was saved; for ``.safetensors`` ``dict(state_dict=...)``.

    Raises:
        FileNotFoundError: if there is no such file.
        pickle.UnpicklingError: if the file holds anything but tensors, plain
            values and containers, and MMEngine's log buffers.
        RuntimeError: if the file is damaged.
    """
    path = osp.expanduser(path)
    if not osp.isfile(path):
        raise FileNotFoundError(
            f'{path} does not exist. If an earlier stage is to write it, '
            '`python tools/train.py CONFIG` runs that stage first.')
    try:
        if path.endswith('.safetensors'):
            return dict(state_dict=load_file(path))
        with _only_safe_globals(), _untouched_statistics():
            checkpoint = torch.load(
                path, map_location=map_location, weights_only=True)
    except pickle.UnpicklingError as error:
        raise pickle.UnpicklingError(
            f'{path} was refused and nothing of it was run: it holds '
            f'{_refused(str(error))}. Where it was made, save its state dict '
            'alone, best as .safetensors.') from None
    except Exception as error:  # each reader has errors of its own
        raise RuntimeError(
            f'{path} cannot be read: {error} If a run was killed while it '
            'wrote the file, delete it and resume from the one before.'
        ) from error
    if isinstance(checkpoint, dict) and isinstance(
            checkpoint.get('meta'), dict):
        checkpoint['meta'].pop('config', None)
    return checkpoint


def _refused(message: str) -> str:
    """Find what was refused in torch's message, which also advises trust."""
    for pattern in (r'GLOBAL (\S+)', '(attribute .+)',
                    r'((?:Can only|Trying to|Unsupported) [^\n]+)'):
        found = re.search(pattern, message)
        if found:
            return found[1].rstrip('. ')
    return f'no pickle that torch knows ({message.splitlines()[0][:200]})'


# MMEngine logs a loader's name from its tenth character on.
def load_from_local(filename: str, map_location=None):
    """Be MMEngine's loader for local files."""
    return load_checkpoint_file(filename, map_location)


def register_safe_loader():
    """Make MMEngine read every local checkpoint through this module."""
    CheckpointLoader.register_scheme(
        prefixes='', loader=load_from_local, force=True)
