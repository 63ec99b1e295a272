"""A digest of weights."""

import hashlib
from functools import partial

import torch
from torch import Tensor, nn


def weights_digest(module: nn.Module) -> str:
    """Hash the names and values of a module's parameters and buffers.

    Args:
        module (nn.Module): on any device.

    Returns:
        str: 64 hex digits.
    """
    return state_digest(module.state_dict())


def state_digest(state_dict: dict[str, Tensor]) -> str:
    """Hash the names and values of a module's state dict, 64 hex digits."""
    digest = hashlib.sha256()
    for name, tensor in state_dict.items():
        digest.update(name.encode())
        # As bytes: NumPy has no bfloat16.
        digest.update(tensor.detach().cpu().reshape(-1).view(torch.uint8).numpy())
    return digest.hexdigest()


def sorted_digest(state_dict: dict[str, Tensor]) -> str:
    """Hash names and values in the order of the names: files differ in theirs."""
    return state_digest(dict(sorted(state_dict.items())))


def file_digest(path: str) -> str:
    """Return the SHA-256 of a file, as ``sha256sum`` prints it."""
    digest = hashlib.sha256()
    with open(path, 'rb') as file:
        for piece in iter(partial(file.read, 2**20), b''):
            digest.update(piece)
    return digest.hexdigest()
