"""The formulas as the paper writes them, for the benchmarks to beat."""

import torch
from torch import Tensor

from vlltr_mm.models.heads.language_branch import language_branch


def language_logits(head, x: Tensor, anchors: Tensor) -> Tensor:
    """Project all keys, attend, build (B, C, D), compare: (B, C).

    Args:
        head (LGRHead): for its weights.
        x (Tensor): (B, D).
        anchors (Tensor): (C, M, D), all real.
    """
    mask = anchors.new_ones(anchors.shape[:2], dtype=torch.bool)
    layers = head.norm_q, head.norm_k, head.proj_q, head.proj_k
    return head.logit_scale.exp() * language_branch(x, anchors, mask, *layers)[1]


def sentence_scores(
    texts: Tensor, labels: Tensor, images: Tensor, image_labels: Tensor, scale: float
) -> Tensor:
    """Compute L_lin sentence by sentence: (S,)."""
    scores = []
    for text, label in zip(texts, labels.tolist()):
        logits = scale * (images @ text)
        scores.append(logits.logsumexp(dim=0) - logits[image_labels == label].mean())
    return torch.stack(scores)
