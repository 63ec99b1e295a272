"""A digest of weights."""

import hashlib

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
