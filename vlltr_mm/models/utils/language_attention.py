"""Attention of images over the anchor sentences of every class.

Written out, the head projects all C·M keys, builds a (B, C, D) tensor of
attended text, and takes cosines with it. The same numbers follow from less:

- what is constant over m does not change a softmax over m, so the bias terms
  of the key side drop out;
- q·W_k LN(E_m) = (γ ⊙ W_kᵀq)·Ê_m, so the key projection moves to the query;
- Ê_m = (E_m − mean)/std, and a query without mean does not see the mean of
  E_m, so the raw anchors can be used;
- cos(x, Σ a_m E_m) needs x·E_m and aᵀ Gram a only, with Gram = E Eᵀ.

One (2B × D)·(D × CM) product serves queries and images alike.
"""
from typing import NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor

_BLOCK_ELEMENTS = 2**25  # of a product, where no graph is kept


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
    for block in anchors.split(max(1, _BLOCK_ELEMENTS // anchors[0].numel())):
        block = block if block.dtype == torch.float64 else block.float()
        inv_std.append((block.var(dim=2, correction=0) + eps).rsqrt())
        with torch.autocast(block.device.type, enabled=False):
            gram.append(block @ block.transpose(1, 2))
    return AnchorStats(torch.cat(inv_std), torch.cat(gram))


def attended_cosine(query: Tensor,
                    x: Tensor,
                    anchors: Tensor,
                    mask: Tensor,
                    stats: AnchorStats,
                    detach_norm: bool = False) -> Tensor:
    """Compare images with the text that they attend to, for every class.

    Source: VL-LTR (arXiv 2111.13579). Without gradients the classes
    go in blocks, which bounds the memory whatever C is.

    Args:
        query (Tensor): (B, D), on the key side: γ_k ⊙ (W_kᵀ q).
        x (Tensor): (B, D), the images in the text space, any norm.
        anchors (Tensor): (C, M, D), raw.
        mask (Tensor): (C, M) bool, True = real; each class has one.
        stats (AnchorStats): of these anchors.
        detach_norm (bool): no gradient through the norm of the attended
            text. Defaults to False.

    Returns:
        Tensor: (B, C), cosines in float32 (or float64).
    """
    centred = query - query.mean(dim=1, keepdim=True)
    unit = F.normalize(x if x.dtype == torch.float64 else x.float(), dim=1)
    both = torch.cat([centred.to(unit.dtype), unit])  # (2B, D)
    args = (anchors, mask, stats.inv_std, stats.gram)
    if torch.is_grad_enabled():
        return _block_cosine(both, *args, detach_norm)
    block = max(1, _BLOCK_ELEMENTS // (len(both) * anchors.shape[1]))
    return torch.cat([
        _block_cosine(both, *parts, detach_norm)
        for parts in zip(*(arg.split(block) for arg in args))
    ], dim=1)


def _block_cosine(both: Tensor, anchors: Tensor, mask: Tensor,
                  inv_std: Tensor, gram: Tensor, detach_norm: bool) -> Tensor:
    """Give the cosines (B, C) of some classes; ``both`` is (2B, D)."""
    num_classes, num_anchors, dims = anchors.shape
    # Autocast, or half-precision anchors, concern this product alone.
    product = both.to(anchors.dtype) @ anchors.reshape(-1, dims).T
    score, dot = product.to(both.dtype).view(2, -1, num_classes, num_anchors)
    with torch.autocast(both.device.type, enabled=False):
        score = score * (inv_std / dims**0.5)
        attention = score.masked_fill(~mask, float('-inf')).softmax(dim=2)
        along = (attention * dot).sum(dim=2)  # x̂·G, (B, C)
        rows = attention.transpose(0, 1)  # (C, B, M)
        square = (torch.bmm(rows, gram) * rows).sum(dim=2).T  # |G|², (B, C)
        if detach_norm:
            square = square.detach()
        return along * square.clamp(min=1e-12).rsqrt()
