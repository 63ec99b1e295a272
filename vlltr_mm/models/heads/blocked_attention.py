"""The fast form of the language branch: exact, in blocks of classes.

The formula is ``language_branch``: it projects all C·M keys, builds a (B, C, D)
tensor of attended text, and takes cosines with it. The same numbers, and their
gradients in closed form, follow from less:

- what is constant over m does not change a softmax over m, so the bias terms
  of the key side drop out;
- q·W_k LN(E_m) = (γ ⊙ W_kᵀq)·Ê_m, so the key projection moves to the query;
- Ê_m = (E_m − mean)/std, and a query without mean does not see the mean of
  E_m, so the raw anchors can be used;
- cos(x, Σ a_m E_m) needs x·E_m and aᵀ Gram a only, with Gram = E Eᵀ.

One (CM × D)·(D × 2B) product serves queries and images alike. Classes go in
blocks that stay in the cache between the product and the softmax; what the
backward pass needs takes the place of the product, so that training holds
2·B·C·M numbers and evaluation one block.
"""

from typing import NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor
from torch.autograd.function import once_differentiable

_STATS_ELEMENTS = 2**23  # of anchors whose statistics are made at a time
_BLOCK_ELEMENTS = 2**18  # of a product of a block of classes
_CAST_ELEMENTS = 2**19  # of anchors that are cast at a time
_DEVICE_BLOCKS = 2**7  # how much larger blocks are on a GPU or compiled
_NARROW = 8  # rows up to which a CPU multiplies half precision at full speed
_MIN_SQUARE = 1e-12  # of |G|², below which it counts as constant


class AnchorStats(NamedTuple):
    """What the algebra needs of fixed anchors.

    inv_std: (C, M), 1/√(variance + eps) of each anchor, as in LayerNorm.
    gram: (C, M, M), the dot products of the anchors of a class.
    """

    inv_std: Tensor
    gram: Tensor


def anchor_stats(anchors: Tensor, eps: float = 1e-5) -> AnchorStats:
    """Compute the statistics of anchors.

    Args:
        anchors (Tensor): (C, M, D), of any floating type.
        eps (float): LayerNorm's. Defaults to 1e-5.

    Returns:
        AnchorStats: in float32, or float64 for such anchors.
    """
    inv_std, gram = [], []
    for block in anchors.split(max(1, _STATS_ELEMENTS // anchors[0].numel())):
        block = block if block.dtype == torch.float64 else block.float()
        inv_std.append((block.var(dim=2, correction=0) + eps).rsqrt())
        with torch.autocast(block.device.type, enabled=False):
            gram.append(block @ block.transpose(1, 2))
    return AnchorStats(torch.cat(inv_std), torch.cat(gram))


def attended_cosine(
    query: Tensor,
    x: Tensor,
    anchors: Tensor,
    mask: Tensor,
    stats: AnchorStats,
    detach_norm: bool = False,
) -> Tensor:
    """Compare images with the text that they attend to, for every class.

    Source: VL-LTR (arXiv 2111.13579). Autocast, or half-precision anchors,
    concern the product with the anchors alone; see ``_product_dtype``.

    Args:
        query (Tensor): (B, D), on the key side: γ_k ⊙ (W_kᵀ q).
        x (Tensor): (B, D), the images in the text space, any norm.
        anchors (Tensor): (C, M, D), raw. They get no gradient.
        mask (Tensor): (C, M) bool, True = real; each class has one.
        stats (AnchorStats): of these anchors.
        detach_norm (bool): no gradient through the norm of the attended
            text. Defaults to False.

    Returns:
        Tensor: (B, C), cosines in float32 (or float64).
    """
    unit = F.normalize(_at_least_single(x), dim=1)
    both = torch.cat([_scaled(query, unit.dtype), unit])  # (2B, D)
    train = torch.is_grad_enabled() and both.requires_grad
    dtype = _product_dtype(both, len(both), anchors, train)
    args = (both, anchors, _bias(mask, stats), stats.inv_std, stats.gram, dtype, detach_norm)
    if train:
        return _AttendedCosine.apply(*args)
    return _over_blocks(*args, keep=False)[0]


def attention_weights(query: Tensor, anchors: Tensor, mask: Tensor, stats: AnchorStats) -> Tensor:
    """Return the attention of ``attended_cosine``, with the same products.

    Without gradients nothing but the result and one block is made.

    Args:
        query (Tensor): (B, D), on the key side: γ_k ⊙ (W_kᵀ q).
        anchors (Tensor): (C, M, D), raw. They get no gradient.
        mask (Tensor): (C, M) bool, True = real; each class has one.
        stats (AnchorStats): of these anchors.

    Returns:
        Tensor: (B, C, M), in float32 (or float64); rows sum to 1 over the
        real anchors and are 0 on padding.
    """
    query = _scaled(query, _at_least_single(query).dtype)
    train = torch.is_grad_enabled() and query.requires_grad
    dtype = _product_dtype(query, 2 * len(query), anchors, train)  # the cosine's
    size = _block_size(query, anchors, dtype)
    cast = query.to(dtype)
    buffer = None if train else _cast_buffer(anchors, size, dtype)
    whole = query.new_empty(0 if train else len(anchors), anchors.shape[1], len(query))
    parts = []
    with torch.autocast(query.device.type, enabled=False):
        blocks = (t.split(size) for t in (anchors, _bias(mask, stats), stats.inv_std))
        for start, (block, bias, inv_std) in zip(range(0, len(anchors), size), zip(*blocks)):
            product = _product(_cast(block, buffer, dtype), cast).to(query.dtype)
            part = _block_attention(product.reshape(*block.shape[:2], -1), bias, inv_std)
            if train:
                parts.append(part)
            else:
                whole[start : start + size] = part
    return (torch.cat(parts) if train else whole).permute(2, 0, 1)


def _at_least_single(x: Tensor) -> Tensor:
    return x if x.dtype == torch.float64 else x.float()


def _scaled(query: Tensor, dtype: torch.dtype) -> Tensor:
    """Return the query without its mean, divided by √D."""
    centred = query - query.mean(dim=1, keepdim=True)
    return centred.to(dtype) / query.shape[1] ** 0.5


def _bias(mask: Tensor, stats: AnchorStats) -> Tensor:
    """Return what is added to scores: 0 for an anchor, -inf for padding."""
    return torch.zeros_like(stats.inv_std).masked_fill_(~mask, float('-inf'))


class _AttendedCosine(torch.autograd.Function):
    """The gradient in closed form, which needs the product's place only.

    With ∂cos/∂score and ∂cos/∂dot kept from the forward pass, the gradient
    of ``both`` is one product of them, scaled, with the anchors.
    """

    @staticmethod
    def forward(ctx, both, anchors, bias, inv_std, gram, dtype, detach_norm):
        cosine, slopes = _over_blocks(
            both, anchors, bias, inv_std, gram, dtype, detach_norm, keep=True
        )
        ctx.save_for_backward(anchors, *slopes)
        ctx.dtype = dtype
        return cosine

    @staticmethod
    @once_differentiable
    def backward(ctx, grad):
        anchors, *slopes = ctx.saved_tensors
        size, _, _, batch = slopes[0].shape
        buffer = _cast_buffer(anchors, size, ctx.dtype)
        total = grad.new_zeros(2 * batch, anchors.shape[2])
        with torch.autocast(grad.device.type, enabled=False):
            for slope, block, own in zip(
                slopes, anchors.split(size), grad.T[:, None, None].split(size)
            ):
                rows = (slope * own).view(-1, 2 * batch)  # (cM, 2B)
                total += rows.to(ctx.dtype).T @ _cast(block, buffer, ctx.dtype)
        return (total, *[None] * 6)


def _product_dtype(like: Tensor, rows: int, anchors: Tensor, train: bool) -> torch.dtype:
    """Choose the type of the product; its sums are in float32 everywhere.

    Autocast's, else that of the anchors; but a CPU, which has no fast float16
    product and no float32 result of a half-precision one, takes the anchors
    to float32 block by block unless they meet few images.
    """
    device = like.device.type
    if like.dtype == torch.float64:
        return like.dtype
    narrow = rows <= _NARROW and not train
    if torch.is_autocast_enabled(device):
        dtype = torch.get_autocast_dtype(device)
        slow = device == 'cpu' and dtype == torch.float16
    else:
        dtype = anchors.dtype
        slow = device == 'cpu'
    return like.dtype if slow and not narrow else dtype


def _block_size(rows: Tensor, anchors: Tensor, dtype: torch.dtype) -> int:
    """Count the classes of a block."""
    _, num_anchors, dims = anchors.shape
    size = _BLOCK_ELEMENTS // (len(rows) * num_anchors)
    if anchors.dtype != dtype:
        size = min(size, _CAST_ELEMENTS // (num_anchors * dims))
    if rows.device.type != 'cpu' or torch.compiler.is_compiling():
        size *= _DEVICE_BLOCKS
    return max(1, size)


def _over_blocks(
    both: Tensor,
    anchors: Tensor,
    bias: Tensor,
    inv_std: Tensor,
    gram: Tensor,
    dtype: torch.dtype,
    detach_norm: bool,
    keep: bool,
) -> tuple[Tensor, list[Tensor]]:
    """Return the cosines (B, C) and, to keep, the slopes of each block."""
    size = _block_size(both, anchors, dtype)
    cast = both.to(dtype)
    buffer = _cast_buffer(anchors, size, dtype)
    cosines, slopes = [], []
    with torch.autocast(both.device.type, enabled=False):
        for parts in zip(*(t.split(size) for t in (anchors, bias, inv_std, gram))):
            product = _product(_cast(parts[0], buffer, dtype), cast)  # (cM, 2B)
            product = product.to(both.dtype).reshape(*parts[0].shape[:2], 2, -1)
            cosines.append(_block_cosine(product, *parts[1:], detach_norm, keep))
            if keep:
                slopes.append(product)
    return torch.cat(cosines).T, slopes


def _cast_buffer(anchors: Tensor, size: int, dtype: torch.dtype) -> Tensor | None:
    """Reserve a place for the anchors of one block in another type."""
    if anchors.dtype == dtype:
        return None
    return torch.empty_like(anchors[:size], dtype=dtype)


def _cast(block: Tensor, buffer: Tensor | None, dtype: torch.dtype) -> Tensor:
    """Cast the anchors (c, M, D) of a block to the type, as (cM, D)."""
    block = block.to(dtype) if buffer is None else buffer[: len(block)].copy_(block)
    return block.flatten(0, 1)


def _product(block: Tensor, both: Tensor) -> Tensor:
    """Multiply (cM, D) and (2B, D); the order decides on a CPU's speed."""
    if both.element_size() == 2 and len(both) <= _NARROW:
        return (both @ block.T).T
    return block @ both.T


def _block_attention(product: Tensor, bias: Tensor, inv_std: Tensor) -> Tensor:
    """Return the attention (c, M, B) of products of that shape."""
    return torch.addcmul(bias.unsqueeze(2), product, inv_std.unsqueeze(2)).softmax(dim=1)


def _block_cosine(
    product: Tensor, bias: Tensor, inv_std: Tensor, gram: Tensor, detach_norm: bool, keep: bool
) -> Tensor:
    """Return the cosines (c, B) of c classes.

    ``product`` is (c, M, 2, B), of scaled queries and unit images with the
    anchors. To keep, the slopes ∂cos/∂ of both take its place.
    """
    dot = product[:, :, 1]
    attention = _block_attention(product[:, :, 0], bias, inv_std)  # (c, M, B)
    # Gram a; matrices with one column each are slow the other way round.
    turned = gram @ attention if attention.shape[2] > 1 else (attention.mT @ gram).mT
    along = (attention * dot).sum(dim=1)  # x̂·G, (c, B)
    square = (attention * turned).sum(dim=1)  # |G|²
    inv_norm = square.clamp(min=_MIN_SQUARE).rsqrt()
    cosine = along * inv_norm
    if keep:
        # ∂cos/∂a = x̂·E_m / |G| − (x̂·G) (Gram a)_m / |G|³, through a softmax.
        weight = cosine * inv_norm.square() * (square >= _MIN_SQUARE)
        if detach_norm:
            weight.zero_()
        slope = dot * inv_norm.unsqueeze(1)
        slope.addcmul_(turned, weight.unsqueeze(1), value=-1)
        slope -= (cosine - weight * square).unsqueeze(1)
        product[:, :, 0] = slope.mul_(attention).mul_(inv_std.unsqueeze(2))
        product[:, :, 1] = attention.mul_(inv_norm.unsqueeze(1))
    return cosine
