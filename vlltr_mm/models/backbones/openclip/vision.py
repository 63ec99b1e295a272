"""CLIP's image tower as a backbone of MMPretrain."""

import torch
from mmpretrain.registry import MODELS
from torch import Tensor, nn
from torch.nn.modules.batchnorm import _BatchNorm

from .base import OpenCLIPTower
from .checkpointing import checkpointed_forward
from .towers import build_tower, is_timm_tower


@MODELS.register_module()
class OpenCLIPVisionBackbone(OpenCLIPTower):
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
        tuner (dict, optional): what is trained instead of CLIP's own numbers,
            such as ``dict(type='AdaptFormer', num_classes=1000)``; nothing
            with ``frozen``. Defaults to None.
        init_cfg (dict, optional): Defaults to None.

    Raises:
        ValueError: if the architecture is unknown, or no tuner's.
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
        tuner: dict | None = None,
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
        self._finish(tuner)

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
