"""CLIP's towers as MMPretrain backbones."""
from typing import Optional, Tuple, Union

import torch
from mmengine.model import BaseModule
from mmpretrain.registry import MODELS
from torch import Tensor, nn
from torch.nn.modules.batchnorm import _BatchNorm

from ..utils.openclip_loader import build_tower, clip_config, load_tower


class _OpenCLIPTower(BaseModule):
    """What both towers share: loading, freezing, checkpointing."""
    which: str  # 'vision' or 'text'

    def __init__(self, arch, pretrained, frozen, grad_checkpointing,
                 init_cfg):
        super().__init__(init_cfg)
        self.arch = arch
        self.pretrained = pretrained
        self.frozen = frozen
        self.grad_checkpointing = grad_checkpointing
        self.embed_dims = clip_config(arch)['embed_dim']
        self.pretrained_logit_scale: Optional[float] = None

    @property
    def tower(self) -> nn.Module:
        """The open_clip module."""
        raise NotImplementedError

    def _finish(self):
        """Apply the options once the tower is there."""
        if self.grad_checkpointing:
            self.tower.set_grad_checkpointing(True)
        if self.frozen:
            self.requires_grad_(False)
            self.eval()

    def init_weights(self):
        """Load ``pretrained``, strictly, after the usual initialisation."""
        super().init_weights()
        if self.pretrained is not None:
            self.pretrained_logit_scale = load_tower(self.tower, self.which,
                                                     self.pretrained,
                                                     self.arch)

    def train(self, mode: bool = True):
        """Switch mode; a frozen tower stays in eval."""
        return super().train(mode and not self.frozen)

    def forward(self, *inputs: Tensor) -> Tuple[Tensor]:
        """Give the embedding (N, D), not normalised, in a tuple."""
        # A frozen tower keeps no activations.
        with torch.set_grad_enabled(torch.is_grad_enabled()
                                    and not self.frozen):
            return (self._embed(*inputs), )


@MODELS.register_module()
class OpenCLIPVisionBackbone(_OpenCLIPTower):
    """CLIP's image tower, (N, 3, H, W) → ``((N, D),)``, not normalised.

    Args:
        arch (str | dict): a name of open_clip ('RN50', 'ViT-B-16', …) or a
            dict with ``embed_dim``, ``vision_cfg``, ``text_cfg`` and possibly
            ``quick_gelu``.
        pretrained (str, optional): a file (OpenAI's ``.pt``, an open_clip
            ``.pt`` or ``.safetensors``, a checkpoint of this package) or an
            open_clip tag, loaded strictly by ``init_weights``. Defaults to
            None.
        img_size (int, optional): H = W in pixels. Position embeddings are
            resized to it. Defaults to None, the architecture's.
        frozen (bool): no training, no activations kept, always in eval.
            Defaults to False.
        norm_eval (bool): BatchNorm stays in eval. Defaults to False.
        grad_checkpointing (bool): trade time for memory. Defaults to False.
        quick_gelu (bool, optional): OpenAI's activation. Defaults to None,
            the architecture's; needed for OpenAI's weights under a name
            without '-quickgelu'.
        init_cfg (dict, optional): Defaults to None.

    Raises:
        ValueError: if the architecture is unknown, or a ResNet is to be
            checkpointed.
    """
    which = 'vision'

    def __init__(self,
                 arch: Union[str, dict],
                 pretrained: Optional[str] = None,
                 img_size: Optional[int] = None,
                 frozen: bool = False,
                 norm_eval: bool = False,
                 grad_checkpointing: bool = False,
                 quick_gelu: Optional[bool] = None,
                 init_cfg: Optional[dict] = None):
        super().__init__(arch, pretrained, frozen, grad_checkpointing,
                         init_cfg)
        self.norm_eval = norm_eval
        self.visual = build_tower(arch, 'vision', img_size, quick_gelu)
        if grad_checkpointing and hasattr(self.visual, 'layer1'):
            raise ValueError(
                'grad_checkpointing is True, but open_clip has none for its '
                "ResNets; use MMEngine's activation_checkpointing=["
                "'backbone.visual.layer1', …] instead.")
        self._finish()

    @property
    def tower(self) -> nn.Module:
        """open_clip's image tower."""
        return self.visual

    def _embed(self, inputs: Tensor) -> Tensor:
        return self.visual(inputs)

    def train(self, mode: bool = True):
        """Switch mode; BatchNorm stays in eval with ``norm_eval``."""
        super().train(mode)
        if self.norm_eval:
            for module in self.modules():
                if isinstance(module, _BatchNorm):
                    module.eval()
        return self


@MODELS.register_module()
class OpenCLIPTextBackbone(_OpenCLIPTower):
    """CLIP's text tower, (N, L) → ``((N, D),)``, not normalised.

    L may be any width that holds the longest sentence: behind the
    end-of-text token nothing reaches it through the causal mask.

    Args:
        arch (str | dict): as in ``OpenCLIPVisionBackbone``.
        pretrained (str, optional): likewise. Defaults to None.
        frozen (bool): no training, always in eval. Defaults to False.
        grad_checkpointing (bool): trade time for memory. Defaults to False.
        quick_gelu (bool, optional): Defaults to None, the architecture's.
        init_cfg (dict, optional): Defaults to None.

    Raises:
        ValueError: if the tower is not CLIP's: causal, and embedded at the
            end-of-text token.
    """
    which = 'text'

    def __init__(self,
                 arch: Union[str, dict],
                 pretrained: Optional[str] = None,
                 frozen: bool = False,
                 grad_checkpointing: bool = False,
                 quick_gelu: Optional[bool] = None,
                 init_cfg: Optional[dict] = None):
        super().__init__(arch, pretrained, frozen, grad_checkpointing,
                         init_cfg)
        self.text = build_tower(arch, 'text', quick_gelu=quick_gelu)
        if getattr(self.text, 'attn_mask', None) is None \
                or self.text.cls_emb is not None \
                or self.text.pool_type != 'argmax':
            raise ValueError(
                f"The text tower of arch={arch!r} is not CLIP's (causal, "
                'embedded at the end-of-text token); use one that is, such '
                "as 'RN50' or 'ViT-B-16'.")
        self._finish()

    @property
    def tower(self) -> nn.Module:
        """open_clip's text tower."""
        return self.text

    def _embed(self, tokens: Tensor) -> Tensor:
        text, length = self.text, tokens.shape[1]
        x = text.token_embedding(tokens) + text.positional_embedding[:length]
        x = text.transformer(x, attn_mask=text.attn_mask[:length, :length])
        x = text.ln_final(x)  # (N, L, width)
        # The end-of-text token has the largest id of all.
        x = x[torch.arange(len(x), device=x.device), tokens.argmax(dim=1)]
        return x @ text.text_projection
