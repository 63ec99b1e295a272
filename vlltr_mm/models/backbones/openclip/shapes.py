"""Which tensors a CLIP tower has, judged by a few of them."""

import re

import torch
from torch import Tensor

from .towers import build_tower


def expected_tower(state: dict[str, Tensor], which: str) -> dict[str, Tensor]:
    """Return the tensors that a strict load of a tower of these sizes asks for.

    The sizes follow from a few tensors as in OpenAI's own loader. The number
    of heads shapes no tensor.

    Args:
        state (dict): a tower's tensors by open_clip's names.
        which (str): 'vision' (a ResNet or a ViT of CLIP's) or 'text'.

    Returns:
        dict: tensors without content (meta device) by name.

    Raises:
        ValueError: if one of the few is not there.
    """
    # One head, any activation: neither changes a shape.
    arch = dict(embed_dim=1, vision_cfg=None, text_cfg=None)
    try:
        if which == 'text':
            arch['embed_dim'], arch['text_cfg'] = _text_sizes(state)
        elif any(key.startswith('attnpool.') for key in state):
            arch['embed_dim'], arch['vision_cfg'] = _resnet_sizes(state)
        else:
            arch['embed_dim'], arch['vision_cfg'] = _vit_sizes(state)
    except KeyError as error:
        raise ValueError(
            f"the {which} tower has no {error.args[0]}, which CLIP's ResNets, "
            'ViTs and text transformers have'
        ) from None
    except IndexError:
        raise ValueError(
            f'the {which} tower has a tensor with too few axes, or without numbers'
        ) from None
    with torch.device('meta'):
        return dict(build_tower(arch, which).state_dict())


def _text_sizes(state: dict[str, Tensor]) -> tuple[int, dict]:
    """Return (D, open_clip's ``text_cfg``)."""
    vocab_size, width = _shape(state, 'token_embedding.weight', 2)
    sizes = dict(
        context_length=_shape(state, 'positional_embedding', 1)[0],
        vocab_size=vocab_size,
        width=width,
        heads=1,
        layers=_count(state, 'transformer.resblocks.'),
    )
    return _shape(state, 'text_projection', 2)[1], sizes


def _vit_sizes(state: dict[str, Tensor]) -> tuple[int, dict]:
    """Return (D, open_clip's ``vision_cfg``) of a ViT."""
    width, _, _, patch = _shape(state, 'conv1.weight', 4)
    sizes = dict(
        image_size=patch * _grid(state, 'positional_embedding'),
        patch_size=patch,
        layers=_count(state, 'transformer.resblocks.'),
        width=width,
        head_width=width,
    )
    return _shape(state, 'proj', 2)[1], sizes


def _resnet_sizes(state: dict[str, Tensor]) -> tuple[int, dict]:
    """Return (D, open_clip's ``vision_cfg``) of CLIP's ResNet."""
    width = _shape(state, 'layer1.0.conv1.weight', 4)[0]
    sizes = dict(
        image_size=32 * _grid(state, 'attnpool.positional_embedding'),
        layers=tuple(_count(state, f'layer{i}.') for i in range(1, 5)),
        width=width,
        head_width=32 * width,
    )
    return _shape(state, 'attnpool.c_proj.weight', 2)[0], sizes


def _shape(state: dict[str, Tensor], key: str, axes: int) -> torch.Size:
    """Return the first ``axes`` sizes of a tensor."""
    shape = state[key].shape[:axes]
    if len(shape) < axes or 0 in shape:
        raise IndexError(key)
    return shape


def _grid(state: dict[str, Tensor], key: str) -> int:
    """Return h of (1 + h·h, D) position embeddings."""
    return round((_shape(state, key, 1)[0] - 1) ** 0.5)


def _count(state: dict[str, Tensor], prefix: str) -> int:
    """Count the layers; a gap among their numbers shows as missing."""
    numbers = (re.match(re.escape(prefix) + r'(\d+)\.', key) for key in state)
    return len({found[1] for found in numbers if found})
