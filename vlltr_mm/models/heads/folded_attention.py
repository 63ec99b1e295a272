"""The language branch with its projections and norms folded into constants, for export."""

import copy

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from .anchor_head import AnchorHead

_MIN_SQUARE = 1e-12  # of |G|², below which it counts as constant


class FoldedAttention(nn.Module):
    """s·cos(x, G(x)) less the text's prior, of a finished head; nothing is trained.

    With x̃ = (x − mean)/std the score of anchor m is
    (F·x̃ + f)·E_m / (√D·std_m): F = P·diag(γ_k)·W_kᵀ·W_q·diag(γ_q) and
    f = P·diag(γ_k)·W_kᵀ·W_q·β_q, where P takes off the mean. G itself is never
    made: x̂·G = Σ a_m x̂·E_m and |G|² = aᵀ(E Eᵀ)a. Only constants and plain
    operators remain, of any batch.

    Args:
        head (AnchorHead): with anchors.

    Raises:
        RuntimeError: if it has none.
    """

    def __init__(self, head: AnchorHead):
        super().__init__()
        anchors, mask, stats = head._anchors()
        dims = anchors.shape[2]
        dtype = torch.promote_types(anchors.dtype, torch.float32)
        with torch.no_grad():
            double = [p.double() for p in (head.norm_k.weight, head.proj_k.weight)]
            keys = double[0].unsqueeze(1) * double[1].T  # diag(γ_k)·W_kᵀ
            matrix = keys @ head.proj_q.weight.double()
            shift = matrix @ head.norm_q.bias.double()
            matrix = matrix * head.norm_q.weight.double()
            matrix, shift = (t - t.mean(dim=0, keepdim=True) for t in (matrix, shift))
            scale = stats.inv_std.double() / dims**0.5
            bias = torch.zeros_like(stats.inv_std).masked_fill(~mask, float('-inf'))
        self.eps = head.norm_q.eps
        self.shape = tuple(anchors.shape[:2])
        self.proj_visual = copy.deepcopy(head.proj_visual)
        self.text_prior = copy.deepcopy(head.text_prior)
        for name, value in (
            ('anchors', anchors.to(dtype).flatten(0, 1).T.contiguous()),  # (D, C·M)
            ('matrix', matrix.T.to(dtype).contiguous()),
            ('shift', shift.to(dtype)),
            ('inv_std', scale.to(dtype)),
            ('bias', bias.to(dtype)),
            ('gram', stats.gram.to(dtype)),
            ('scale', head.logit_scale.exp().to(dtype)),
        ):
            self.register_buffer(name, value.clone())

    def forward(self, x: Tensor) -> Tensor:
        """Return the language logits (N, C) of embeddings (N, in_channels)."""
        x = self.proj_visual(x).to(self.anchors.dtype)
        query = F.layer_norm(x, x.shape[1:], eps=self.eps) @ self.matrix + self.shift
        score = (query @ self.anchors).unflatten(1, self.shape)  # (N, C, M)
        dot = (F.normalize(x, dim=1) @ self.anchors).unflatten(1, self.shape)
        attention = (score * self.inv_std + self.bias).softmax(dim=2)
        # One product per class, with the images as rows.
        turned = (attention.transpose(0, 1) @ self.gram).transpose(0, 1)
        square = (attention * turned).sum(dim=2).clamp(min=_MIN_SQUARE)
        return self.text_prior(self.scale * (attention * dot).sum(dim=2) * square.rsqrt())


def fold_anchors(head: AnchorHead) -> AnchorHead:
    """Return a copy of a head that computes its language branch with constants.

    Args:
        head (AnchorHead): with anchors; also one of your own, whose
            ``forward`` gets the language logits from ``branch_logits`` or
            ``language_logits``.

    Returns:
        AnchorHead: for evaluation; the same logits up to rounding.
    """
    folded = copy.deepcopy(head).eval()
    folded.folded = FoldedAttention(head)
    folded.language_logits = folded.folded.forward  # found before the method of the class
    return folded
