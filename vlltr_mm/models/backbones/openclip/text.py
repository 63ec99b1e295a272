"""CLIP's text tower as a backbone of MMPretrain."""

import torch
from mmpretrain.registry import MODELS
from torch import Tensor, nn

from .base import OpenCLIPTower
from .towers import build_tower


@MODELS.register_module()
class OpenCLIPTextBackbone(OpenCLIPTower):
    """CLIP's text tower, (N, L) int64 → ``((N, D),)``, not normalised.

    L may be any width that holds the longest sentence: what stands behind the
    end-of-text token cannot reach it through the causal mask.

    Args:
        arch (str | dict): as in ``OpenCLIPVisionBackbone``.
        pretrained (str, optional): likewise. Defaults to None.
        frozen (bool): no training, always in eval. Defaults to False.
        grad_checkpointing (bool): trade time for memory. Defaults to False.
        quick_gelu (bool, optional): as in ``OpenCLIPVisionBackbone``.
            Defaults to None.
        tuner (dict, optional): likewise. Defaults to None.
        init_cfg (dict, optional): Defaults to None.

    Raises:
        ValueError: if the tower is not CLIP's: causal, and embedded at the
            end-of-text token.
    """

    which = 'text'

    def __init__(
        self,
        arch: str | dict,
        pretrained: str | None = None,
        frozen: bool = False,
        grad_checkpointing: bool = False,
        quick_gelu: bool | None = None,
        tuner: dict | None = None,
        init_cfg: dict | None = None,
    ):
        super().__init__(arch, pretrained, frozen, grad_checkpointing, quick_gelu, init_cfg)
        self.text = build_tower(arch, 'text', quick_gelu=quick_gelu)
        if (
            self.text.attn_mask is None
            or self.text.cls_emb is not None
            or self.text.pool_type != 'argmax'
            or not isinstance(self.text.text_projection, nn.Parameter)
        ):
            raise ValueError(
                f"The text tower of arch={arch!r} is not CLIP's (causal, "
                'embedded at the end-of-text token, linearly projected); use '
                "one that is, such as 'RN50' or 'ViT-B-16'."
            )
        if grad_checkpointing:
            self.text.set_grad_checkpointing(True)
        self._finish(tuner)

    @property
    def tower(self) -> nn.Module:
        """open_clip's text tower."""
        return self.text

    def _embed(self, tokens: Tensor) -> Tensor:
        text, length = self.text, tokens.shape[1]
        if length > text.context_length:
            raise ValueError(
                f'The tokens are {length} wide, the text tower of arch={self.arch!r} takes at most '
                f'{text.context_length}; make them with that context length.'
            )
        x = text.token_embedding(tokens) + text.positional_embedding[:length]
        x = text.transformer(x, attn_mask=text.attn_mask[:length, :length])
        x = text.ln_final(x)  # (N, L, width)
        # The end-of-text token has the largest id of all.
        x = x[torch.arange(len(x), device=x.device), tokens.argmax(dim=1)]
        return x @ text.text_projection
