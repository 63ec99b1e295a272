"""Position embeddings of image towers, resized to another input size."""

import math

import torch
import torch.nn.functional as F
from torch import Tensor, nn

_GRIDS = ('positional_embedding', 'attnpool.positional_embedding')
_TIMM_GRID = 'trunk.pos_embed'  # (1, places, D)


def resized(tower: nn.Module, key: str, value: Tensor, own: Tensor, source: str) -> Tensor:
    """Return a tensor of a file, resized where it holds position embeddings.

    Args:
        tower (nn.Module): an image tower of open_clip.
        key (str): the tensor's name.
        value (Tensor): what the file has.
        own (Tensor): what the tower has.
        source (str): for the message.

    Raises:
        ValueError: see ``resize_positions``.
    """
    if key in _GRIDS:
        return resize_positions(value, len(own), source)
    if key == _TIMM_GRID and value.ndim == 3 and value.shape != own.shape:
        patches = math.prod(tower.trunk.patch_embed.grid_size)
        return resize_positions(value[0], own.shape[1], source, own.shape[1] - patches)[None]
    return value


def resize_positions(positions: Tensor, length: int, source: str, first: int = 1) -> Tensor:
    """Resize (bicubic) a square grid of position embeddings.

    Args:
        positions (Tensor): (F + h·h, D); the first F belong to no place.
        length (int): F + H·H.
        source (str): for the message.
        first (int): F. Defaults to 1.

    Returns:
        Tensor: (F + H·H, D).

    Raises:
        ValueError: if one of the grids is not square.
    """
    if positions.ndim and len(positions) == length:
        return positions
    if positions.ndim != 2 or len(positions) < first + 1:
        raise ValueError(
            f'{source}: the position embeddings are {tuple(positions.shape)}; they must be '
            f'(places + {first}, width). Name another file.'
        )
    old, new = (round((n - first) ** 0.5) for n in (len(positions), length))
    if old * old + first != len(positions) or new * new + first != length:
        raise ValueError(
            f'{source}: {len(positions)} position embeddings cannot become '
            f'{length}; only square grids behind {first} more can be resized. '
            'Set img_size to what the weights were made with.'
        )
    grid = positions[first:].T.reshape(1, -1, old, old)  # (1, D, h, h)
    grid = F.interpolate(grid, (new, new), mode='bicubic', antialias=True, align_corners=False)
    return torch.cat([positions[:first], grid.flatten(2)[0].T])
