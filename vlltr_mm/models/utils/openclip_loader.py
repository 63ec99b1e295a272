"""CLIP towers and their weights, through open_clip."""
import copy
import os.path as osp
import zipfile
from typing import Dict, NamedTuple, Optional, Union

import open_clip
import torch
import torch.nn.functional as F
from mmengine.logging import print_log
from open_clip.model import _build_text_tower, _build_vision_tower
from torch import Tensor, nn

from ...utils.safe_load import load_checkpoint_file

# Where a tower's weights lie: in our stage-1 checkpoints, in those of an
# ImageClassifier, in CLIP state dicts, in CLIPs with a separate text model.
_PREFIXES = dict(
    vision=('vision_backbone.visual.', 'backbone.visual.', 'visual.'),
    text=('text_backbone.text.', 'text.', ''))
_TEXT_KEYS = ('token_embedding.', 'positional_embedding', 'transformer.',
              'ln_final.', 'text_projection')
_POSITIONS = ('positional_embedding', 'attnpool.positional_embedding')


class ClipWeights(NamedTuple):
    """What a file holds.

    state: every tensor, float32, by its name in the file.
    needs_quick_gelu: whether the weights are OpenAI's.
    """
    state: Dict[str, Tensor]
    needs_quick_gelu: bool


def clip_config(arch: Union[str, dict]) -> dict:
    """Give the open_clip configuration of an architecture.

    Args:
        arch (str | dict): a name such as 'RN50' or 'ViT-B-16-quickgelu', or
            a dict with ``embed_dim``, ``vision_cfg``, ``text_cfg`` and
            possibly ``quick_gelu``.

    Returns:
        dict: a copy of it.

    Raises:
        ValueError: if open_clip knows no such name, or the dict lacks a key.
    """
    config = open_clip.get_model_config(arch) if isinstance(arch, str) \
        else arch
    if config is None:
        close = [n for n in open_clip.list_models() if arch[:3] in n][:8]
        raise ValueError(f"arch is '{arch}', which open_clip "
                         f'{open_clip.__version__} does not know; similar '
                         f'names: {close}.')
    missing = {'embed_dim', 'vision_cfg', 'text_cfg'} - set(config)
    if missing:
        raise ValueError(f'arch lacks {sorted(missing)}; a dict needs '
                         "'embed_dim', 'vision_cfg' and 'text_cfg'.")
    return copy.deepcopy(dict(config))


def build_tower(arch: Union[str, dict],
                which: str,
                img_size: Optional[int] = None,
                quick_gelu: Optional[bool] = None) -> nn.Module:
    """Build one tower of a CLIP, without weights; the other is never made.

    Args:
        arch (str | dict): see ``clip_config``.
        which (str): 'vision' or 'text'.
        img_size (int, optional): input edge in pixels. Defaults to None, the
            architecture's.
        quick_gelu (bool, optional): Defaults to None, the architecture's.

    Returns:
        nn.Module: open_clip's tower.
    """
    config = clip_config(arch)
    if quick_gelu is None:
        quick_gelu = config.get('quick_gelu', False)
    if which == 'text':
        return _build_text_tower(config['embed_dim'],
                                 dict(config['text_cfg']), quick_gelu)
    vision = dict(config['vision_cfg'])
    if img_size is not None:
        vision['image_size'] = img_size
    return _build_vision_tower(config['embed_dim'], vision, quick_gelu)


def read_weights(source: str, arch: Union[str, dict]) -> ClipWeights:
    """Read CLIP weights of any of the forms they come in.

    A TorchScript archive (OpenAI's form) is opened by ``torch.jit.load`` for
    its parameters; none of its methods is called.

    Args:
        source (str): a file: OpenAI's ``.pt``, an open_clip ``.pt`` or
            ``.safetensors``, one of our checkpoints; or a pretrained tag of
            open_clip such as 'openai' or 'laion2b_s34b_b88k'.
        arch (str | dict): for a tag, the architecture's name.

    Returns:
        ClipWeights: the whole content.

    Raises:
        FileNotFoundError: if there is neither such a file nor such a tag.
        RuntimeError: if a tag cannot be downloaded.
    """
    path, quick = osp.expanduser(source), False
    if not osp.exists(path) and isinstance(arch, str):
        tags = open_clip.list_pretrained_tags_by_model(arch)
        if source in tags:
            path, quick = _download(arch, source)
    if _is_torchscript(path):
        state = torch.jit.load(path, map_location='cpu').state_dict()
        return ClipWeights({k: v.float() for k, v in state.items()}, True)
    content = load_checkpoint_file(path, 'cpu')
    for key in ('state_dict', 'model'):
        if isinstance(content.get(key), dict):
            content = content[key]
            break
    state = {
        k[len('module.'):] if k.startswith('module.') else k: v.float()
        for k, v in content.items()
        if isinstance(v, Tensor)
    }
    return ClipWeights(state, quick)


def load_tower(tower: nn.Module, which: str, source: str,
               arch: Union[str, dict]) -> Optional[float]:
    """Load one tower's weights, every tensor of it and no other.

    Position embeddings are resized (bicubic) to the tower's input size.

    Args:
        tower (nn.Module): from ``build_tower``.
        which (str): 'vision' or 'text'.
        source (str): see ``read_weights``.
        arch (str | dict): see ``read_weights``.

    Returns:
        float | None: the logit scale of the file, in log space.

    Raises:
        ValueError: if keys or shapes do not fit, or OpenAI's weights meet a
            tower without QuickGELU.
    """
    weights = read_weights(source, arch)
    if weights.needs_quick_gelu and any(
            isinstance(m, nn.GELU) for m in tower.modules()):
        raise ValueError(
            f"{source} holds OpenAI's weights, which need QuickGELU, but the "
            f'{which} tower of arch={arch!r} has GELU; set quick_gelu=True.')
    state = _tower_state(weights.state, which, source)
    for key in _POSITIONS if which == 'vision' else ():
        if key in state and key in tower.state_dict():
            state[key] = resize_positions(
                state[key], len(tower.state_dict()[key]), source)
    try:
        tower.load_state_dict(state)
    except RuntimeError as error:
        lines = str(error).splitlines()
        raise ValueError(
            f'{source} does not fit the {which} tower of arch={arch!r}: '
            f'{" ".join(line.strip() for line in lines[1:5])[:600]} '
            'Name the architecture that the file was made with.') from error
    print_log(f'Loaded the {which} tower from {source}', 'current')
    scale = weights.state.get('logit_scale')
    return None if scale is None else float(scale)


def resize_positions(positions: Tensor, length: int,
                     source: str = 'the file') -> Tensor:
    """Resize square grids of position embeddings behind the first one.

    Args:
        positions (Tensor): (1 + h·h, D), the first belongs to no place.
        length (int): 1 + H·H.
        source (str): for the message. Defaults to 'the file'.

    Returns:
        Tensor: (1 + H·H, D).

    Raises:
        ValueError: if one of the grids is not square.
    """
    if len(positions) == length:
        return positions
    old, new = (round((n - 1)**.5) for n in (len(positions), length))
    if old * old + 1 != len(positions) or new * new + 1 != length:
        raise ValueError(
            f'{source} has {len(positions)} position embeddings, the tower '
            f'{length}; only square grids and one more can be resized.')
    grid = positions[1:].T.reshape(1, -1, old, old)
    grid = F.interpolate(
        grid, (new, new), mode='bicubic', antialias=True, align_corners=False)
    return torch.cat([positions[:1], grid.flatten(2)[0].T])




def _tower_state(state: Dict[str, Tensor], which: str,
                 source: str) -> Dict[str, Tensor]:
    """Pick a tower's tensors, named as the tower names them."""
    for prefix in _PREFIXES[which]:
        own = {
            key[len(prefix):]: value
            for key, value in state.items() if key.startswith(prefix) and
            (prefix or key.startswith(_TEXT_KEYS))
        }
        if own:
            return own
    raise ValueError(
        f'{source} holds no {which} tower: none of its {len(state)} tensors '
        f'(such as {sorted(state)[:3]}) begins with one of '
        f'{[p for p in _PREFIXES[which] if p]}.')


def _is_torchscript(path: str) -> bool:
    """Whether a file is a TorchScript archive."""
    if not osp.isfile(path) or not zipfile.is_zipfile(path):
        return False
    with zipfile.ZipFile(path) as archive:
        return any(
            name.endswith('/constants.pkl') for name in archive.namelist())


def _download(arch: str, tag: str):
    """Fetch a pretrained tag into open_clip's cache."""
    config = open_clip.get_pretrained_cfg(arch, tag)
    try:
        path = open_clip.download_pretrained(config)
    except Exception as error:  # each hub raises its own
        name = config.get('url') or config.get('hf_hub')
        raise RuntimeError(
            f"The weights '{tag}' of {arch} cannot be downloaded ({error}). "
            f'Fetch {name} on a machine with network and give the path of '
            'that file as pretrained.') from error
    return path, config.get('quick_gelu', False) or tag == 'openai'
