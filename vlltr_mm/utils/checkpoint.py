"""Read checkpoints without running anything that is in them."""

import os.path as osp
import pickle
import re
import struct
import sys
import tarfile
import zipfile
from contextlib import contextmanager

import torch
from mmengine.logging import HistoryBuffer
from mmengine.runner.checkpoint import CheckpointLoader
from safetensors import SafetensorError
from safetensors.torch import load_file

from .stored_numpy import originals, stand_ins

_STATISTICS = ('min', 'max', 'current', 'mean')
# Modules of the standard library whose classes only hold values.
_INERT_MODULES = ('collections', 'datetime', 'decimal', 'enum', 'fractions', 'pathlib', 'uuid')
# What torch's readers, its unpickler and safetensors raise on damaged files.
DAMAGE = (
    *(ArithmeticError, AssertionError, AttributeError, EOFError, ImportError, LookupError),
    *(MemoryError, OSError, RuntimeError, TypeError, ValueError),
    *(SafetensorError, struct.error, tarfile.TarError, zipfile.BadZipFile),
)
_allowed: list[type] = []  # by allow_types


def _history_statistic(owner, name: str):
    """Stand in for ``getattr``, which MMEngine's log buffers are pickled with.

    The real one would let a file reach any attribute of any allowed object,
    and from there the whole interpreter.
    """
    if owner is HistoryBuffer and name in _STATISTICS:
        return getattr(HistoryBuffer, name)
    raise pickle.UnpicklingError(f'attribute {name!r} of {owner!r}')


class StoredNamespace:
    """What an ``argparse.Namespace`` of a file becomes: its names and values.

    Not a Namespace, so that nothing of the file becomes an attribute but
    ``values``, a dict by name; as loose as the file, see ``plain_values``.
    """

    def __init__(self):
        self.values = {}

    def __setstate__(self, state):
        if type(state) is not dict:
            raise pickle.UnpicklingError('attribute state of a Namespace')
        self.values = state


def plain_values(value, name: str, depth: int = 8):
    """Copy numbers, strings, None and containers of them.

    Args:
        value (object): what a file holds; a ``StoredNamespace`` becomes a
            dict.
        name (str): of the value, for the message.
        depth (int): containers within one another. Defaults to 8.

    Returns:
        object: the copy, lists and dicts for containers.

    Raises:
        ValueError: if there is anything else in it.
    """
    if type(value) is StoredNamespace:
        value = value.values
    if value is None or type(value) in (bool, int, float, str):
        return value
    if depth and type(value) in (list, tuple):
        return [plain_values(v, f'{name}[{i}]', depth - 1) for i, v in enumerate(value)]
    if depth and type(value) is dict and all(type(key) in (int, str) for key in value):
        return {key: plain_values(v, f'{name}.{key}', depth - 1) for key, v in value.items()}
    raise ValueError(
        f'{name} is a {type(value).__name__}; only numbers, strings, None and '
        'lists and dicts of them are taken. Write the file again without it.'
    )


class _Anything:
    """Stand in for an allowed class while a file is only checked."""

    def __new__(cls, *args, **kwargs):
        return super().__new__(cls)

    def __init__(self, *args, **kwargs):
        pass

    def __setstate__(self, state):
        pass


def _safe_globals(more: list, checks: bool) -> list:
    """List what a checkpoint may name beyond torch's own safe list.

    Args:
        more (list): what this file may hold besides.
        checks (bool): whether it is only checked: NumPy's values are compared
            with what NumPy writes, and nothing of ``allow_types`` is made.
    """
    ours = [HistoryBuffer, (_history_statistic, 'builtins.getattr')]
    if not checks:
        return ours + originals() + _allowed + more
    named = [pair if isinstance(pair, tuple) else (pair, _name(pair)) for pair in _allowed + more]
    held = [(_Anything, name) for kind, name in named if not issubclass(kind, torch.Tensor)]
    return ours + stand_ins() + held + [k for k in _allowed if issubclass(k, torch.Tensor)]


def _name(kind: type) -> str:
    return f'{kind.__module__}.{kind.__qualname__}'


def allow_types(*types: type):
    """Let checkpoints hold instances of these classes, in this process.

    The check itself stays on: a file may name nothing else. Give only classes
    that hold values and do nothing when they are made, for a file chooses the
    arguments and the attributes of its instances.

    Args:
        *types (type): classes of a module; of the standard library only from
            modules whose classes hold values.

    Raises:
        ValueError: if one is a function or another object, a metaclass, made
            inside a function, or of the standard library's other modules.
    """
    for kind in types:
        if not isinstance(kind, type):
            raise ValueError(f'{kind!r} is no class; a file may call nothing but classes.')
        root, name = kind.__module__.split('.')[0], _name(kind)
        if issubclass(kind, type) or '<' in name:
            raise ValueError(f'{name} cannot be allowed; give a plain class of a module.')
        if root in sys.stdlib_module_names and root not in _INERT_MODULES:
            raise ValueError(
                f'{name} may do more than hold values; of the standard library only classes of '
                f'{", ".join(_INERT_MODULES)} can be allowed.'
            )
    _allowed.extend(kind for kind in types if kind not in _allowed)


@contextmanager
def _only_safe_globals(more: list, checks: bool):
    """Allow what ``_safe_globals`` lists alone, whatever this process has registered.

    A ``getattr`` registered elsewhere, as torch's own hint proposes, would
    compete with our stand-in for the same name.
    """
    kept = torch.serialization.get_safe_globals()
    torch.serialization.clear_safe_globals()
    torch.serialization.add_safe_globals(_safe_globals(more, checks))
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


def load_checkpoint_file(
    path: str, map_location='cpu', namespaces: bool = False, mmap: bool = False
):
    """Read a local checkpoint with torch's ``weights_only`` check on.

    What MMEngine's runners write is read whole, except ``meta['config']``,
    which MMEngine would execute as Python on resume and never writes itself.
    There is no fallback to an unchecked load.

    Args:
        path (str): a ``.pth``/``.pt``/``.bin`` file, or ``.safetensors``.
        map_location (str | torch.device | Callable): as in ``torch.load``;
            ``.safetensors`` always come to the CPU. Defaults to 'cpu'.
        namespaces (bool): whether the file may hold an
            ``argparse.Namespace``; each becomes a ``StoredNamespace``.
            Defaults to False.
        mmap (bool): whether to read a tensor of a ``.pth`` of torch's own
            format only when it is used. Defaults to False.

    Returns:
        object: what was saved; for ``.safetensors`` ``dict(state_dict=...)``.

    Raises:
        FileNotFoundError: if there is no such file.
        pickle.UnpicklingError: if the file holds anything but tensors, plain
            values and containers, MMEngine's log buffers, and what
            ``allow_types`` was given.
        RuntimeError: if the file is damaged.
    """
    path = osp.expanduser(path)
    if not osp.isfile(path):
        raise FileNotFoundError(
            f'{path} does not exist. If an earlier stage is to write it, '
            '`python tools/train.py CONFIG` runs that stage first.'
        )
    try:
        if path.endswith('.safetensors'):
            return dict(state_dict=load_file(path))
        more = [(StoredNamespace, 'argparse.Namespace')] if namespaces else []
        checkpoint = _check_and_read(path, more, map_location, mmap)
    except pickle.UnpicklingError as error:
        raise pickle.UnpicklingError(
            f'{path} was refused and nothing of it was run: it holds '
            f'{_refused(str(error))}. Where it was made, let metrics and hooks give '
            'plain numbers, or save its state dict alone, best as .safetensors; or see '
            'vlltr_mm.allow_types.'
        ) from None
    except DAMAGE as error:
        raise RuntimeError(
            f'{path} cannot be read: {error} If a run was killed while it '
            'wrote the file, delete it and resume from the one before.'
        ) from error
    if isinstance(checkpoint, dict) and isinstance(checkpoint.get('meta'), dict):
        checkpoint['meta'].pop('config', None)
    return checkpoint


def _check_and_read(path: str, more: list, map_location, mmap: bool):
    """Read a file twice: NumPy's values are made when all of them have been compared.

    The first time no tensor is read, if the file is of torch's own format.
    """
    is_zip = _is_zip(path) or None
    with _untouched_statistics():
        with _only_safe_globals(more, checks=True):
            torch.load(path, map_location='cpu', weights_only=True, mmap=is_zip)
        with _only_safe_globals(more, checks=False):
            mmap = is_zip if mmap else None
            return torch.load(path, map_location=map_location, weights_only=True, mmap=mmap)


def _is_zip(path: str) -> bool:
    """Tell whether a file is of torch's own format, of which parts can be read."""
    with open(path, 'rb') as file:
        return file.read(4) == b'PK\x03\x04'


def _refused(message: str) -> str:
    """Find what was refused in torch's message, which also advises trust."""
    for pattern in (
        r'NumPy: ([^\n]+)',
        r'GLOBAL (\S+)',
        '(attribute .+)',
        r'((?:Can only|Trying to|Unsupported) [^\n]+)',
    ):
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
    CheckpointLoader.register_scheme(prefixes='', loader=load_from_local, force=True)
