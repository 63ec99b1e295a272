"""Weights of CLIP towers, from every form of file that they come in."""

import os.path as osp
from typing import NamedTuple

from torch import Tensor, nn

from ....structures.left_out import LeftOut, left_out_prefixes, refuse_light
from ....utils.checkpoint import load_checkpoint_file
from ....utils.logit_scale import check_log_scale
from ....utils.validation import check_number, check_tensor, check_weights
from .mmpretrain_vit import find_mmpretrain_vit, is_mmpretrain_clip
from .positions import resized
from .torchscript import is_torchscript, read_torchscript

# Where a tower's weights lie: in our stage-1 checkpoints, in those of an
# ImageClassifier, in CLIP state dicts, in CLIPs with a separate text model.
_PREFIXES = dict(
    vision=('vision_backbone.visual.', 'backbone.visual.', 'visual.'),
    text=('text_backbone.text.', 'text.', ''),
)
TEXT_KEYS = (
    'token_embedding.',
    'positional_embedding',
    'transformer.',
    'ln_final.',
    'text_projection',
)


class ClipState(NamedTuple):
    """One tower's weights and what is known about them.

    state: tensors by the tower's own names, float32.
    logit_scale: in log space; None where the file has none.
    quick_gelu: whether they were made with QuickGELU; None if unknown.
    tuner: tensors of what was tuned of it, by the tuner's own names; empty
        or None without one.
    untuned_logit_scale: of the tower without its tuner, in log space; None
        where the file has no tuner or no such scale.
    left_out: of a light checkpoint, which of them another file has.
    logit_bias: what a sigmoid loss (SigLIP) added to the logits; None without.
    """

    state: dict[str, Tensor]
    logit_scale: float | None
    quick_gelu: bool | None
    tuner: dict[str, Tensor] | None = None
    untuned_logit_scale: float | None = None
    left_out: LeftOut | None = None
    logit_bias: float | None = None


def read_clip_file(path: str, which: str, light: bool = False) -> ClipState:
    """Read one tower of a file.

    Args:
        path (str): OpenAI's TorchScript ``.pt``; a state dict (bare, or under
            ``state_dict``) in ``.pt``, ``.pth``, ``.bin`` or
            ``.safetensors``; a checkpoint of CVLP or an ImageClassifier; or
            one of MMPretrain's CLIP.
        which (str): 'vision' or 'text'.
        light (bool): whether a light checkpoint may lack tensors of the
            tower. Defaults to False.

    Returns:
        ClipState: the tower's part.

    Raises:
        FileNotFoundError: if there is no such file.
        pickle.UnpicklingError: if the file holds more than weights.
        ValueError: if it holds no such tower, MMPretrain's ViT without an
            output projection, numbers that are not finite, or a scale that
            is no logarithm.
        RuntimeError: if the file is damaged.
    """
    path = osp.expanduser(path)
    scripted = is_torchscript(path)
    content = read_torchscript(path) if scripted else load_checkpoint_file(path)
    tensors = state_tensors(content, path, light=True)
    scale = _log_scale(tensors, 'logit_scale', path)
    # OpenAI's weights, both.
    quick_gelu = True if scripted or is_mmpretrain_clip(tensors) else None
    found = find_mmpretrain_vit(tensors, path) if which == 'vision' else None
    if found is not None:
        state = {key: as_single(value) for key, value in found.items()}
        check_weights(state, path)
        return ClipState(state, scale, quick_gelu)
    bias = tensors.get('logit_bias')
    if bias is not None:
        bias = check_number(bias.item() if bias.numel() == 1 else bias, f'{path}, logit_bias')
    prefix, lacking = _left_out(tensors, which)
    if lacking is None:
        prefix, state = _tower_state(tensors, which, path)
    else:
        if not light:
            refuse_light(tensors, path)
        state = {k[len(prefix) :]: as_single(v) for k, v in tensors.items() if k.startswith(prefix)}
    check_weights(state, path)
    owner = prefix[: prefix.rfind('.', 0, -1) + 1]  # the backbone that has the tower
    recorded = tensors.get(f'{owner}uses_quick_gelu')
    if recorded is not None:
        recorded = bool(check_tensor(recorded, f'{path}, {owner}uses_quick_gelu', 0, 'bool'))
    own = f'{owner}tuner.'
    tuner = {k.removeprefix(own): as_single(v) for k, v in tensors.items() if k.startswith(own)}
    check_weights(tuner, path)
    untuned = _log_scale(tensors, 'teacher.logit_scale', path) if tuner else None
    recorded = quick_gelu if recorded is None else recorded
    return ClipState(state, scale, recorded, tuner, untuned, lacking, bias)


def _log_scale(tensors: dict[str, Tensor], key: str, path: str) -> float | None:
    return check_log_scale(tensors[key], f'{path}, {key}') if key in tensors else None


def _left_out(tensors: dict[str, Tensor], which: str) -> tuple[str | None, LeftOut | None]:
    """Find what a light checkpoint lacks of a tower; return (its prefix, that)."""
    for prefix in filter(None, _PREFIXES[which]):
        owner = prefix.removesuffix(prefix.split('.')[-2] + '.')  # the backbone's
        if owner in left_out_prefixes(tensors):
            return prefix, LeftOut.read(tensors, owner)
    return None, None


def state_tensors(
    content, source: str, only_tensors: bool = False, light: bool = False
) -> dict[str, Tensor]:
    """Return the tensors of a state dict, without DDP's prefix.

    Args:
        content (dict): what a file holds: the state dict, or a dict that has
            it under ``state_dict``.
        source (str): the file, for the messages.
        only_tensors (bool): refuse what is no tensor instead of leaving it
            out. Defaults to False.
        light (bool): whether it may be that of a light checkpoint, which
            lacks tensors. Defaults to False.

    Returns:
        dict: tensors by name.

    Raises:
        ValueError: if there is no state dict, or more than tensors in it, or
            some are left out.
    """
    if isinstance(content, dict) and isinstance(content.get('state_dict'), dict):
        content = content['state_dict']
    if not isinstance(content, dict):
        raise ValueError(
            f'{source} holds a {type(content).__name__}; a state '
            'dict is needed, bare or under `state_dict`.'
        )
    named = {k: v for k, v in content.items() if isinstance(k, str) and isinstance(v, Tensor)}
    other = [key for key in content if key not in named]
    if only_tensors and other:
        raise ValueError(
            f'{source}: {other[:20]} are not tensors by name; a state dict has nothing else.'
        )
    if not light:
        refuse_light(named, source)
    return {key.removeprefix('module.'): value.detach() for key, value in named.items()}


def as_single(tensor: Tensor) -> Tensor:
    """Return a floating-point tensor in float32, any other as it is."""
    return tensor.float() if tensor.is_floating_point() else tensor


def _tower_state(tensors: dict[str, Tensor], which: str, path: str):
    """Pick a tower's tensors; return (their prefix, the tensors)."""
    for prefix in _PREFIXES[which]:
        state = {
            key[len(prefix) :]: as_single(v)
            for key, v in tensors.items()
            if key.startswith(prefix) and (prefix or key.startswith(TEXT_KEYS))
        }
        if state:
            return prefix, state
    raise ValueError(
        f'{path} holds no {which} tower: none of its {len(tensors)} tensors (such as '
        f'{sorted(tensors)[:3]}) begins with '
        f'{", ".join(filter(None, _PREFIXES[which]))}'
        f'{" or " + ", ".join(TEXT_KEYS) if which == "text" else ""}.'
    )


def fit_tower(tower: nn.Module, state: dict[str, Tensor], source: str):
    """Load a tower's weights, all of them and no others; see ``fitted_state``."""
    tower.load_state_dict(fitted_state(tower, state, source))


def fitted_state(tower: nn.Module, state: dict[str, Tensor], source: str) -> dict[str, Tensor]:
    """Return a tower's weights as it takes them: all of them and no others.

    Position embeddings are resized to the tower's input size.

    Args:
        tower (nn.Module): an image or text tower of open_clip.
        state (dict): tensors by name.
        source (str): names both sides in the error.

    Raises:
        ValueError: if keys or shapes do not fit.
    """
    own = tower.state_dict()
    if hasattr(tower, 'image_size'):
        state = {
            key: resized(tower, key, value, own[key], source) if key in own else value
            for key, value in state.items()
        }
    problems = state_problems(own, state)
    if problems:
        raise ValueError(
            f'{source} do not fit: {problems}. Set arch to what the weights were made with.'
        )
    return state


def state_problems(own: dict[str, Tensor], state: dict[str, Tensor], shown: int = 3) -> str:
    """Describe what keeps a state dict from being loaded strictly.

    BatchNorm's counters may be missing: torch fills them in.

    Args:
        own (dict): the model's tensors by name.
        state (dict): those to load.
        shown (int): how many names of each kind to give. Defaults to 3.

    Returns:
        str: counts and names of missing, unexpected and misshapen tensors;
        empty if there are none.
    """
    missing = [k for k in own if k not in state and not k.endswith('num_batches_tracked')]
    unexpected = [k for k in state if k not in own]
    shapes = [
        f'{k} {tuple(v.shape)} for {tuple(own[k].shape)}'
        for k, v in state.items()
        if k in own and v.shape != own[k].shape
    ]
    return '; '.join(
        f'{len(found)} {kind} ({", ".join(found[:shown])})'
        for kind, found in (
            ('missing', missing),
            ('unexpected', unexpected),
            ('of another shape', shapes),
        )
        if found
    )
