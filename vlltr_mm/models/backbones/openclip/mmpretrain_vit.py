"""MMPretrain's own CLIP vision transformers, by open_clip's names."""

import re

from torch import Tensor

# MMPretrain's CLIP, an ImageClassifier, a bare VisionTransformer; and where
# the first two keep the output projection, which the backbone itself lacks.
_PREFIXES = ('visual.', 'backbone.', '')
_PROJECTIONS = ('visual_proj.proj', 'neck.proj')
_MARK = 'patch_embed.projection.weight'
_NAMES = {
    _MARK: 'conv1.weight',
    'cls_token': 'class_embedding',
    'pos_embed': 'positional_embedding',
}
_NORMS = dict(pre_norm='ln_pre', ln1='ln_post')
_PARTS = {
    'ln1.': 'ln_1.',
    'ln2.': 'ln_2.',
    'attn.qkv.': 'attn.in_proj_',  # both hold queries, keys, values, in rows
    'attn.proj.': 'attn.out_proj.',
    'ffn.layers.0.0.': 'mlp.c_fc.',
    'ffn.layers.1.': 'mlp.c_proj.',
}


def is_mmpretrain_clip(tensors: dict[str, Tensor]) -> bool:
    """Whether tensors are of MMPretrain's ``CLIP`` or ``CLIPZeroShot``.

    Its text tower has QuickGELU and it cannot be trained: its weights were
    made with QuickGELU.
    """
    return {f'visual.{_MARK}', 'visual_proj.proj'} <= set(tensors)


def find_mmpretrain_vit(tensors: dict[str, Tensor], source: str) -> dict[str, Tensor] | None:
    """Find a ``VisionTransformer`` of MMPretrain and its output projection.

    The weights move unchanged. MMPretrain's LayerNorm has eps 1e-6 where
    CLIP's has 1e-5, which moves the outputs a little; an architecture with
    ``vision_cfg=dict(norm_kwargs=dict(eps=1e-6), ...)`` gives MMPretrain's.

    Args:
        tensors (dict): a state dict of MMPretrain's CLIP, or of an
            ImageClassifier with a ``CLIPProjection`` neck.
        source (str): where it comes from, for the messages.

    Returns:
        dict | None: an image tower by open_clip's names; None if there is no
        such transformer.

    Raises:
        ValueError: if it is not CLIP's, or its output projection is not
            there.
    """
    prefix = next((p for p in _PREFIXES if p + _MARK in tensors), None)
    if prefix is None:
        return None
    own = {k[len(prefix) :]: v for k, v in tensors.items() if k.startswith(prefix)}
    if 'pre_norm.weight' not in own:
        raise ValueError(
            f"{source} holds a backbone of MMPretrain that is not CLIP's "
            f'VisionTransformer: it has no {prefix}pre_norm. Name a file of a CLIP.'
        )
    projection = next((p for p in _PROJECTIONS if p in tensors), None)
    if projection is None:
        raise ValueError(
            f"{source} holds a VisionTransformer of MMPretrain without CLIP's "
            f'output projection ({" or ".join(_PROJECTIONS)}) and so cannot '
            "give a CLIP embedding. A checkpoint of MMPretrain's CLIP or "
            "CLIPZeroShot has it, as have OpenAI's and open_clip's own files."
        )
    state = {
        _open_clip_name(name): v.squeeze()
        if name == 'cls_token'
        else v.squeeze(0)
        if name == 'pos_embed'
        else v
        for name, v in own.items()
    }
    return dict(state, proj=tensors[projection])


def _open_clip_name(name: str) -> str:
    """Translate a name; unknown ones stay, for the strict load to refuse."""
    if name in _NAMES:
        return _NAMES[name]
    layer = re.fullmatch(r'layers\.(\d+)\.(.+\.)(weight|bias)', name)
    if layer and layer[2] in _PARTS:
        return f'transformer.resblocks.{layer[1]}.{_PARTS[layer[2]]}{layer[3]}'
    norm, _, kind = name.partition('.')
    return f'{_NORMS[norm]}.{kind}' if norm in _NORMS else name
