"""The two halves of a transformer's block, for what works between them."""

from timm.models.vision_transformer import Block
from torch import Tensor, nn

from ..backbones.openclip.towers import ClipBlock


def check_block(unit: nn.Module, tuner: str) -> int:
    """Return the width of a block of CLIP's transformers, or of timm's ViTs.

    Args:
        unit (nn.Module): what should be one.
        tuner (str): for the message.

    Raises:
        ValueError: if it is anything else.
    """
    if type(unit) is ClipBlock and not hasattr(unit, 'ln_1_kv'):
        return unit.ln_1.normalized_shape[0]
    if type(unit) is Block:
        return unit.norm1.normalized_shape[0]
    raise ValueError(
        f"{tuner} works on the blocks of CLIP's transformers and of timm's ViTs; this tower has "
        f'{type(unit).__module__}.{type(unit).__qualname__}. BiasTuner works on any tower.'
    )


def qkv_weight(unit: nn.Module) -> str:
    """Return the name of the (3d, d) weight of queries, keys and values."""
    return 'attn.in_proj_weight' if isinstance(unit, ClipBlock) else 'attn.qkv.weight'


def attend(block: nn.Module, x: Tensor, *args, **kwargs) -> Tensor:
    """Return the residual stream (N, L, d) behind a block's attention.

    Args:
        block (nn.Module): as ``check_block`` takes it.
        x (Tensor): (N, L, d).
        *args, **kwargs: what the block's ``forward`` takes besides.
    """
    if isinstance(block, ClipBlock):
        return x + block.ls_1(block.attention(block.ln_1(x), *args, **kwargs))
    return x + block.drop_path1(block.ls1(block.attn(block.norm1(x), *args, **kwargs)))


def feed_forward(block: nn.Module, x: Tensor) -> Tensor:
    """Return the residual stream (N, L, d) behind a block's MLP."""
    if isinstance(block, ClipBlock):
        return x + block.ls_2(block.mlp(block.ln_2(x)))
    return x + block.drop_path2(block.ls2(block.mlp(block.norm2(x))))
