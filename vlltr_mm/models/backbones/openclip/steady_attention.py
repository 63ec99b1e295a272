"""CLIP's attention with frozen weights, to the last bit as with trained ones."""

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.func import functional_call

from .towers import ClipBlock


class SteadyAttention(nn.Module):
    """Round as ``nn.MultiheadAttention`` does where its weights are trained.

    By itself it looks at ``requires_grad``: a frozen one takes its kernel for
    inference in training too, wherever nothing in front of it is trained, and
    small batches are multiplied in another order. A tower that is tuned would
    not begin exactly as the one that is trained whole.

    It stands in the module's place and has the module's own tables: names and
    state dict stay.

    Args:
        attn (nn.MultiheadAttention): of a block of CLIP's, batch first.
    """

    def __init__(self, attn: nn.MultiheadAttention):
        super().__init__()
        self._parameters = attn._parameters
        self._buffers = attn._buffers
        self._modules = attn._modules
        self._unregistered = (attn,)  # in a tuple: no child

    def train(self, mode: bool = True):
        """Switch mode; it decides between kernels where there is no gradient."""
        self._unregistered[0].train(mode)
        return super().train(mode)

    def forward(
        self,
        query: Tensor,
        key: Tensor,
        value: Tensor,
        need_weights: bool = False,
        attn_mask: Tensor | None = None,
    ) -> tuple[Tensor, None]:
        """Attend, (N, L, d) → (N, L, d), and no weights.

        Args:
            query, key, value (Tensor): the same, (N, L, d).
            need_weights (bool): False.
            attn_mask (Tensor, optional): added to the scores, (L, L) or
                (N · heads, L, L). Defaults to None.
        """
        attn = self._unregistered[0]
        if torch.is_grad_enabled():
            return self._attend(query, attn_mask), None
        replaced = {}
        if not torch.compiler.is_compiling():
            replaced['in_proj_weight'] = attn.in_proj_weight.detach().requires_grad_()
        asked = dict(need_weights=False, attn_mask=attn_mask)
        return functional_call(attn, replaced, (query, key, value), asked, tie_weights=False)

    def _attend(self, x: Tensor, attn_mask: Tensor | None) -> Tensor:
        """Do what F.multi_head_attention_forward does, in its order."""
        attn = self._unregistered[0]
        n, length, width = x.shape
        # One product of all rows, then the bias: frozen weights may be multiplied row by row.
        x = x.transpose(0, 1).reshape(length * n, width) @ attn.in_proj_weight.T
        x = x + attn.in_proj_bias.to(x.dtype)
        qkv = x.view(length * n, 3, width).transpose(0, 1).contiguous()
        query, key, value = (
            rows.view(length, n * attn.num_heads, -1)
            .transpose(0, 1)
            .view(n, attn.num_heads, length, -1)
            for rows in qkv
        )
        if attn_mask is not None:
            attn_mask = attn_mask.to(x.dtype)
            per_head = attn_mask.ndim == 3
            attn_mask = attn_mask.view(n if per_head else 1, -1, length, length)
        x = F.scaled_dot_product_attention(query, key, value, attn_mask)  # (N, heads, L, d')
        x = x.permute(2, 0, 1, 3).reshape(length * n, width)
        x = F.linear(x, attn.out_proj.weight, attn.out_proj.bias)
        return x.view(length, n, width).transpose(0, 1)


def steady_attentions(tower: nn.Module) -> list[SteadyAttention]:
    """List those of a tower."""
    return [module for module in tower.modules() if isinstance(module, SteadyAttention)]


def make_steady(tower: nn.Module):
    """Put a ``SteadyAttention`` into each block of CLIP's own kind.

    Args:
        tower (nn.Module): changed in place; its state dict stays.
    """
    for block in tower.modules():
        if type(block) is ClipBlock and block.attn.batch_first:
            block.attn = SteadyAttention(block.attn)
