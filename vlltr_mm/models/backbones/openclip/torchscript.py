"""TorchScript archives, as OpenAI's weights are, without running them."""

import os.path as osp
import pickle
import zipfile
from contextlib import contextmanager

import torch
from torch import Tensor

from ....utils.checkpoint import DAMAGE


def is_torchscript(path: str) -> bool:
    """Whether a file is a TorchScript archive."""
    if not osp.isfile(path) or not zipfile.is_zipfile(path):
        return False
    try:
        with zipfile.ZipFile(path) as archive:
            return any(name.endswith('/constants.pkl') for name in archive.namelist())
    except zipfile.BadZipFile:  # load_checkpoint_file names the file
        return False


def read_torchscript(path: str) -> dict[str, Tensor]:
    """Read the weights of a TorchScript archive.

    Such a file is a program. Reading its weights calls none of its methods,
    but opening it would call a ``__setstate__``, which no CLIP has: a file
    with one is refused unopened. The archive is searched with the reader that
    opens it, so that both see the same content.

    Raises:
        pickle.UnpicklingError: if the file would run code of its own.
        RuntimeError: if it is damaged.
    """
    with _name_damage(path):
        reader = torch._C.PyTorchFileReader(path)
        code = [r for r in reader.get_all_records() if r.startswith('code/')]
        unsafe = any(b'__setstate__' in reader.get_record(name) for name in code)
    if unsafe:
        raise pickle.UnpicklingError(
            f'{path} was refused and nothing of it was run: it is a TorchScript program with a '
            '__setstate__, which would run when it is opened. Where it was made, save its state '
            'dict alone, best as .safetensors.'
        )
    with _name_damage(path):
        return torch.jit.load(path, map_location='cpu').state_dict()


@contextmanager
def _name_damage(path: str):
    """Name the file in what torch says of a damaged archive."""
    try:
        yield
    except DAMAGE as error:
        raise RuntimeError(f'{path} cannot be read: {error} Fetch the file again.') from error
