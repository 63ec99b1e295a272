"""The formula of the language branch, as the paper writes it.

Nothing but torch is imported here and in ``blocked_attention``: benchmarks
load the two files where no other package is installed.
"""

import math
from collections.abc import Callable

import torch
import torch.nn.functional as F
from torch import Tensor


def language_branch(
    x: Tensor,
    anchors: Tensor,
    mask: Tensor,
    norm_q: Callable,
    norm_k: Callable,
    proj_q: Callable,
    proj_k: Callable,
    detach_norm: bool = False,
) -> tuple[Tensor, Tensor]:
    """Attend from images to the anchors of every class, and compare.

    q = W_q·LN_q(x), k_m = W_k·LN_k(E_m), a = softmax over the real anchors of
    q·k_m/√D, G = Σ_m a_m·E_m; the language logit is s·cos(x, G). Source:
    VL-LTR (arXiv 2111.13579).

    This is the definition. The head computes the same numbers with
    ``blocked_attention``, which needs no (N, C, D) tensor; tests and
    benchmarks compare the two.

    Args:
        x (Tensor): the images in the text space, (N, D), any norm.
        anchors (Tensor): E (C, M, D), raw.
        mask (Tensor): (C, M) bool, True = real; each class has one.
        norm_q (Callable): LN_q. ``norm_k``, ``proj_q`` and ``proj_k`` are
            LN_k, W_q and W_k.
        detach_norm (bool): no gradient through the norm of G. Defaults to
            False.

    Returns:
        tuple[Tensor, Tensor]: the attention a (N, C, M) and the cosines
        (N, C).
    """
    anchors = anchors.to(x.dtype)
    query, keys = proj_q(norm_q(x)), proj_k(norm_k(anchors))  # (N, D), (C, M, D)
    score = torch.einsum('nd,cmd->ncm', query, keys) / x.shape[1] ** 0.5
    attention = score.masked_fill(~mask, -math.inf).softmax(dim=2)
    text = torch.einsum('ncm,cmd->ncd', attention, anchors)
    norm = text.norm(dim=2).clamp(min=1e-6)
    if detach_norm:
        norm = norm.detach()
    return attention, torch.einsum('nd,ncd->nc', F.normalize(x, dim=1), text) / norm
