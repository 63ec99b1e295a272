"""CLIP towers and their pretrained weights, through open_clip."""

import copy
import os.path as osp

import open_clip
from open_clip.model import _build_text_tower, _build_vision_tower
from open_clip.timm_model import TimmModel
from open_clip.transformer import QuickGELU, ResidualAttentionBlock
from torch import nn

from ....utils.weights_digest import sorted_digest
from .weights import ClipState, read_clip_file

ClipBlock = ResidualAttentionBlock  # for those who may not import open_clip


def clip_config(arch: str | dict) -> dict:
    """Return the open_clip configuration of an architecture.

    Args:
        arch (str | dict): a name such as 'RN50' or 'ViT-B-16-quickgelu', or
            a dict with ``embed_dim``, ``vision_cfg``, ``text_cfg`` and
            possibly ``quick_gelu``.

    Returns:
        dict: a copy of it.

    Raises:
        ValueError: if open_clip knows no such name, or the dict lacks a key.
    """
    config = open_clip.get_model_config(arch) if isinstance(arch, str) else arch
    if config is None:
        close = [n for n in open_clip.list_models() if arch[:3] in n][:8]
        raise ValueError(
            f"arch is '{arch}', which open_clip "
            f'{open_clip.__version__} does not know; similar names: {close}.'
        )
    missing = {'embed_dim', 'vision_cfg', 'text_cfg'} - set(config)
    if missing:
        raise ValueError(
            f"arch lacks {sorted(missing)}; a dict needs 'embed_dim', 'vision_cfg' and 'text_cfg'."
        )
    return copy.deepcopy(dict(config))


def build_tower(
    arch: str | dict, which: str, img_size: int | None = None, quick_gelu: bool | None = None
) -> nn.Module:
    """Build one tower of a CLIP, without weights; the other is never made.

    Args:
        arch (str | dict): see ``clip_config``.
        which (str): 'vision' or 'text'.
        img_size (int, optional): input edge in pixels. Defaults to None, the
            architecture's.
        quick_gelu (bool, optional): Defaults to None, the architecture's.

    Returns:
        nn.Module: open_clip's tower.

    Raises:
        ValueError: if the text tower is one of Hugging Face's, or QuickGELU is
            asked of a tower with settings for GELU.
    """
    config = clip_config(arch)
    if quick_gelu is None:
        quick_gelu = config.get('quick_gelu', False)
    cfg = dict(config[f'{which}_cfg'], output_tokens=False)
    if quick_gelu and cfg.get('act_kwargs'):
        raise ValueError(
            f'quick_gelu is True, but the {which} tower of arch={arch!r} has GELU with '
            f'{cfg["act_kwargs"]}; leave quick_gelu None.'
        )
    if which == 'text':
        if cfg.get('hf_model_name'):
            raise ValueError(
                f'The text tower of arch={arch!r} is '
                f'{cfg["hf_model_name"]} of Hugging Face, with a tokenizer of '
                "its own; use one of CLIP's, such as 'RN50' or 'ViT-B-16'."
            )
        return _build_text_tower(config['embed_dim'], cfg, quick_gelu)
    cfg['timm_model_pretrained'] = False  # would download
    if img_size is not None:
        cfg['image_size'] = img_size
    tower = _build_vision_tower(config['embed_dim'], cfg, quick_gelu)
    if is_timm_tower(tower):
        _check_width(tower, arch, config['embed_dim'])
        if img_size is not None and hasattr(tower.trunk, 'set_input_size'):
            tower.trunk.set_input_size(img_size=(img_size, img_size))
    return tower


def _check_width(tower: TimmModel, arch: str | dict, embed_dim: int):
    """Refuse a model of timm without projection that has another width."""
    bare = not len(tower.head) and getattr(tower.trunk, 'num_classes', embed_dim) == 0
    if bare and tower.trunk.num_features != embed_dim:
        raise ValueError(
            f'The image tower of arch={arch!r} has no projection and gives '
            f'{tower.trunk.num_features}-d embeddings, but embed_dim is {embed_dim}; make them '
            'agree.'
        )


def is_timm_tower(tower: nn.Module) -> bool:
    """Whether an image tower is a model of timm (``timm_model_name``)."""
    return isinstance(tower, TimmModel)


def activations(tower: nn.Module) -> list[tuple[nn.Module, str]]:
    """List where a tower has GELU or QuickGELU, as (parent, name).

    A model of timm keeps its own, whatever ``quick_gelu`` says of CLIP's.
    """
    if is_timm_tower(tower):
        return []
    return [
        (parent, name)
        for parent in tower.modules()
        for name, child in parent.named_children()
        if isinstance(child, (nn.GELU, QuickGELU))
    ]


def set_quick_gelu(tower: nn.Module, quick_gelu: bool):
    """Set the activation of a tower to OpenAI's QuickGELU, or to GELU.

    Args:
        tower (nn.Module): changed in place; its weights stay.
        quick_gelu (bool): which of the two.
    """
    kind = QuickGELU if quick_gelu else nn.GELU
    for parent, name in activations(tower):
        old = getattr(parent, name)
        if not isinstance(old, kind):
            new = kind()
            # Its mode, and what MMEngine notes on modules in init_weights.
            vars(new).update(vars(old))
            setattr(parent, name, new)


def preprocessing(arch: str | dict, source: str | None = None) -> dict | None:
    """Return how images have to come for a tower, as far as open_clip knows.

    Args:
        arch (str | dict): see ``clip_config``.
        source (str, optional): its weights. Defaults to None.

    Returns:
        dict | None: ``mean`` and ``std`` of the three channels in 0 .. 1, and
        ``resize_mode``, 'shortest' (edge, then the centre) or 'squash' (to the
        square): those of the tag ``source``, or of all tags of the
        architecture where they agree; None where they do not, or there is no
        tag.
    """
    tags = [source] if is_pretrained_tag(arch, source or '') else _pretrained_tags(arch)
    found = [open_clip.get_pretrained_cfg(arch, tag) for tag in tags]
    kinds = [
        dict(mean=tuple(c['mean']), std=tuple(c['std']), resize_mode=c.get('resize_mode'))
        for c in found
        if c.get('mean')
    ]
    return kinds[0] if kinds and all(kind == kinds[0] for kind in kinds) else None


def load_clip_state(source: str, arch: str | dict, which: str) -> ClipState:
    """Read one tower's weights from a file or an open_clip tag.

    Args:
        source (str): a file as for ``read_clip_file``, or a pretrained tag of
            open_clip such as 'openai' or 'laion2b_s34b_b88k', which is
            downloaded into open_clip's cache.
        arch (str | dict): for a tag, the architecture's name.
        which (str): 'vision' or 'text'.

    Returns:
        ClipState: that tower's part; what a light checkpoint lacks of it comes
        from the file that it names.

    Raises:
        FileNotFoundError: if there is neither such a file nor such a tag.
        RuntimeError: if a tag cannot be downloaded.
        ValueError: if the file holds no such tower, or a light checkpoint was
            trained with other weights.
    """
    found = _load_one(source, arch, which)
    lacking = found.left_out
    if lacking is None:
        return found
    needed = f'The light checkpoint {source} needs {lacking}'
    try:
        base = _load_one(lacking.file, arch, which)
    except (FileNotFoundError, RuntimeError) as error:
        raise type(error)(f'{error} {needed}: put that file there.') from error
    if base.left_out is not None:
        raise ValueError(f'{needed}, which is light itself; name a whole checkpoint.')
    digest = sorted_digest(base.state)
    if digest != lacking.digest:
        raise ValueError(f'{needed}, but the weights there have the digest {digest}.')
    names = {name.partition('.')[2] for name in lacking.tensors}
    state = {name: base.state[name] for name in names} | found.state
    return found._replace(state=state, left_out=None)


def _load_one(source: str, arch: str | dict, which: str) -> ClipState:
    """Read a file or a tag, of which a light checkpoint lacks some."""
    if osp.exists(osp.expanduser(source)):
        return read_clip_file(source, which, light=True)
    if is_pretrained_tag(arch, source):
        path, quick_gelu = _download(arch, source)
        return read_clip_file(path, which)._replace(quick_gelu=quick_gelu)
    try:
        return read_clip_file(source, which, light=True)
    except FileNotFoundError:
        raise FileNotFoundError(
            f'pretrained is {source!r}, which is no file and no pretrained tag of arch={arch!r}; '
            f'those are {_pretrained_tags(arch)}. Put the weights there, name a tag to download '
            'them, or, if an earlier stage is to write the file, start with `python '
            'tools/train.py CONFIG`, which runs that stage first.'
        ) from None


def _pretrained_tags(arch: str | dict) -> list[str]:
    return open_clip.list_pretrained_tags_by_model(arch) if isinstance(arch, str) else []


def is_pretrained_tag(arch: str | dict, source: str) -> bool:
    """Whether ``source`` names weights that open_clip has for download."""
    return not osp.exists(osp.expanduser(source)) and source in _pretrained_tags(arch)


def _download(arch: str, tag: str) -> tuple[str, bool]:
    """Fetch a tag; return (its path, whether it was made with QuickGELU)."""
    config = open_clip.get_pretrained_cfg(arch, tag)
    hub, name = osp.split(config.get('hf_hub') or '')
    where = (
        f'{name or "open_clip_model.safetensors"} of the Hugging Face model {hub}'
        if hub
        else config.get('url')
    )
    try:
        path = open_clip.download_pretrained(config)
    except Exception as error:  # each hub has errors of its own
        raise RuntimeError(
            f"The weights '{tag}' of {arch} cannot be downloaded ({error}). "
            f'On a machine with network fetch {where}; put the file on this '
            'one and set pretrained to its path.'
        ) from error
    return path, bool(config.get('quick_gelu', False))
