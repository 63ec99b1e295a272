"""Tell weights apart."""

import hashlib

from torch import nn


def weights_digest(module: nn.Module) -> str:
    """Hash the names and values of a module's parameters and buffers.

    Args:
        module (nn.Module): on any device.

    Returns:
        str: 64 hex digits.
    """
    digest = hashlib.sha256()
    for name, tensor in module.state_dict().items():
        digest.update(name.encode())
        digest.update(tensor.detach().cpu().contiguous().numpy().tobytes())
    return digest.hexdigest()
