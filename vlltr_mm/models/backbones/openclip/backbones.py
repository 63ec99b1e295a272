"""CLIP's towers as MMPretrain backbones."""

import torch
from mmengine.logging import print_log
from mmengine.model import BaseModule
from mmpretrain.registry import MODELS
from torch import Tensor, nn
from torch.nn.modules.batchnorm import _BatchNorm

from ....utils.warn_once import warn_once
from .checkpointing import checkpointed_forward
from .towers import (
    activations,
    build_tower,
    clip_config,
    is_timm_tower,
    load_clip_state,
    set_quick_gelu,
)
from .weights import fit_tower


class _OpenCLIPTower(BaseModule):
    """What both towers share: loading, activation, freezing, checkpointing.

    The activation belongs to the weights but is not among open_clip's, so a
    buffer keeps it and a checkpoint brings it back.
    """

    which: str  # 'vision' or 'text'

    def __init__(self, arch, pretrained, frozen, grad_checkpointing, quick_gelu, init_cfg):
        super().__init__(init_cfg)
        self.arch = arch
        self.pretrained = pretrained
        self.frozen = frozen
        self.grad_checkpointing = grad_checkpointing
        self.quick_gelu = quick_gelu
        self.embed_dims = clip_config(arch)['embed_dim']
        self.pretrained_logit_scale: float | None = None

    @property
    def tower(self) -> nn.Module:
        """The open_clip module."""
        raise NotImplementedError

    def _finish(self):
        """Record the activation and freeze, once the tower is there."""
        if activations(self.tower):
            quick_gelu = self.quick_gelu
            if quick_gelu is None:
                quick_gelu = clip_config(self.arch).get('quick_gelu', False)
            self.register_buffer('uses_quick_gelu', torch.tensor(quick_gelu))
            self.register_load_state_dict_post_hook(_follow_record)
        if self.frozen:
            self.requires_grad_(False)
            self.eval()

    def init_weights(self):
        """Load ``pretrained``, strictly, after the usual initialisation.

        Raises:
            ValueError: if keys, shapes or ``quick_gelu`` do not fit.
        """
        super().init_weights()
        if self.pretrained is None:
            return
        loaded = load_clip_state(self.pretrained, self.arch, self.which)
        name = f'The weights of {self.pretrained} and the {self.which} tower of arch={self.arch!r}'
        if activations(self.tower):
            if loaded.quick_gelu is None:
                self._say_assumed_activation()
            else:
                self._use_quick_gelu(loaded.quick_gelu, self.pretrained)
        fit_tower(self.tower, loaded.state, name)
        self.pretrained_logit_scale = loaded.logit_scale
        print_log(f'Loaded the {self.which} tower from {self.pretrained}', logger='current')

    def _say_assumed_activation(self):
        """Warn, once for both towers, where neither file nor config tells the activation."""
        if self.quick_gelu is None and 'quick_gelu' not in clip_config(self.arch):
            assumed = 'QuickGELU' if self.uses_quick_gelu else 'GELU'
            warn_once(
                f'{self.pretrained} does not say whether it was made with QuickGELU or GELU; '
                f"{assumed} is assumed. OpenAI's weights, and what was fine-tuned from them, need "
                'quick_gelu=True, and give wrong features without. Set quick_gelu of both towers '
                'to True or False.'
            )

    def _use_quick_gelu(self, quick_gelu: bool, source: str):
        """Switch to the activation that the weights were made with."""
        asked = self.quick_gelu
        if asked is not None and asked != quick_gelu:
            raise ValueError(
                f'quick_gelu is {asked}, but {source} was made with '
                f'quick_gelu={quick_gelu}; leave it None or change it.'
            )
        if bool(self.uses_quick_gelu) != quick_gelu:
            print_log(
                f'{source} was made with quick_gelu={quick_gelu}: the '
                f'{self.which} tower switches to it.',
                logger='current',
            )
        self.uses_quick_gelu.fill_(quick_gelu)
        set_quick_gelu(self.tower, quick_gelu)

    def train(self, mode: bool = True):
        """Switch mode; a frozen tower stays in eval."""
        return super().train(mode and not self.frozen)

    def forward(self, inputs: Tensor) -> tuple[Tensor]:
        """Return the embedding (N, D), not normalised, in a tuple."""
        # A frozen tower keeps no activations.
        with torch.set_grad_enabled(torch.is_grad_enabled() and not self.frozen):
            return (self._embed(inputs),)


def _follow_record(backbone: _OpenCLIPTower, _):
    """Use the activation that a loaded state dict names."""
    backbone._use_quick_gelu(bool(backbone.uses_quick_gelu), 'the loaded state dict')


@MODELS.register_module()
class OpenCLIPVisionBackbone(_OpenCLIPTower):
    """CLIP's image tower, (N, 3, H, W) → ``((N, D),)``, not normalised.

    Args:
        arch (str | dict): a name of open_clip ('RN50', 'ViT-B-16', …) or a
            dict with ``embed_dim``, ``vision_cfg``, ``text_cfg`` and possibly
            ``quick_gelu``.
        pretrained (str, optional): a file (OpenAI's ``.pt``, an open_clip
            ``.pt`` or ``.safetensors``, a checkpoint of this package, one of
            MMPretrain's CLIP) or an open_clip tag, loaded strictly by
            ``init_weights``. Defaults to None.
        img_size (int, optional): H = W in pixels. Position embeddings are
            resized to it. Defaults to None, the architecture's.
        frozen (bool): no training, no activations kept, always in eval; a
            ResNet or a tower of timm then runs channels-last, which is
            faster where it convolves. Defaults to False.
        norm_eval (bool): BatchNorm stays in eval. Defaults to False.
        grad_checkpointing (bool): trade time for memory. Defaults to False.
        quick_gelu (bool, optional): OpenAI's activation. Defaults to None:
            what the loaded weights were made with where that is known
            (OpenAI's file, a tag, a checkpoint of this package or of
            MMPretrain's CLIP), else the architecture's, with a warning where
            that does not say it either. A ResNet has none.
        init_cfg (dict, optional): Defaults to None.

    Raises:
        ValueError: if the architecture is unknown.
    """

    which = 'vision'

    def __init__(
        self,
        arch: str | dict,
        pretrained: str | None = None,
        img_size: int | None = None,
        frozen: bool = False,
        norm_eval: bool = False,
        grad_checkpointing: bool = False,
        quick_gelu: bool | None = None,
        init_cfg: dict | None = None,
    ):
        super().__init__(arch, pretrained, frozen, grad_checkpointing, quick_gelu, init_cfg)
        self.norm_eval = norm_eval
        self.visual = build_tower(arch, 'vision', img_size, quick_gelu)
        size = self.visual.image_size
        self.img_size = size if isinstance(size, int) else size[0]
        # open_clip's ResNet accepts the call and ignores it.
        self._is_resnet = hasattr(self.visual, 'attnpool')
        if grad_checkpointing and not self._is_resnet:
            self.visual.set_grad_checkpointing(True)
        self._channels_last = frozen and (self._is_resnet or is_timm_tower(self.visual))
        if self._channels_last:
            self.visual.to(memory_format=torch.channels_last)
        self._finish()

    @property
    def tower(self) -> nn.Module:
        """open_clip's image tower."""
        return self.visual

    def _embed(self, inputs: Tensor) -> Tensor:
        if self._channels_last:
            inputs = inputs.contiguous(memory_format=torch.channels_last)
        if self._is_resnet and self.grad_checkpointing and torch.is_grad_enabled():
            return checkpointed_forward(self.visual, inputs)
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
        self._finish()

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
