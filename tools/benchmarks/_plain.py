"""The formulas as the paper writes them, for the benchmarks to beat."""

import torch
import torch.nn.functional as F
from torch import Tensor


def language_logits(head, x: Tensor, anchors: Tensor) -> Tensor:
    """Project all keys, attend, build (B, C, D), compare: (B, C).

    Args:
        head (LGRHead): for its weights.
        x (Tensor): (B, D).
        anchors (Tensor): (C, M, D), all real.
    """
    query = head.proj_q(head.norm_q(x))
    keys = head.proj_k(head.norm_k(anchors))  # (C, M, D)
    score = torch.einsum('bd,cmd->bcm', query, keys) / x.shape[1] ** 0.5
    attended = torch.einsum('bcm,cmd->bcd', score.softmax(dim=2), anchors)
    return head.logit_scale.exp() * torch.einsum(
        'bd,bcd->bc', F.normalize(x, dim=1), F.normalize(attended, dim=2)
    )


def sentence_scores(
    texts: Tensor, labels: Tensor, images: Tensor, image_labels: Tensor, scale: float
) -> Tensor:
    """Compute L_lin sentence by sentence: (S,)."""
    scores = []
    for text, label in zip(texts, labels.tolist()):
        logits = scale * (images @ text)
        scores.append(logits.logsumexp(dim=0) - logits[image_labels == label].mean())
    return torch.stack(scores)
