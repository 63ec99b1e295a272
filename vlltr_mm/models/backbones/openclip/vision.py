"""CLIP's image tower as a backbone of MMPretrain."""

import torch
from mmpretrain.registry import MODELS
from torch import Tensor, nn
from torch.nn.modules.batchnorm import _BatchNorm

from .base import OpenCLIPTower
from .checkpointing import checkpointed_forward
from .towers import build_tower, is_timm_tower

_OUT_TYPES = ('embedding', 'cls_token')


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
        out_type (str): 'embedding', or 'cls_token' for what CLIP's output
            projection takes: the class token behind the last LayerNorm, of
            the tower's width. The projection is then not trained, and stays
            among the weights. Defaults to 'embedding'.
        init_cfg (dict, optional): Defaults to None.

    Raises:
        ValueError: if the architecture is unknown, no tuner's, or has no such
            output.
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
        out_type: str = 'embedding',
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
        self._set_out_type(out_type)
        self._finish(tuner)

    @property
    def tower(self) -> nn.Module:
        """open_clip's image tower."""
        return self.visual

    @property
    def projection(self) -> Tensor | None:
        """P (W, D), which maps this output to CLIP's embedding; None where it is that."""
        return self.visual.proj if self.out_type == 'cls_token' else None

    def _set_out_type(self, out_type: str):
        """Check that the tower has such an output, and note its width."""
        if out_type not in _OUT_TYPES:
            raise ValueError(
                f"out_type is '{out_type}'; allowed are {' and '.join(map(repr, _OUT_TYPES))}."
            )
        self.out_type = out_type
        if out_type == 'embedding':
            return
        projection = getattr(self.visual, 'proj', None)
        pool = getattr(self.visual, 'pool_type', None), getattr(self.visual, 'attn_pool', None)
        if projection is None or pool != ('tok', None):
            raise ValueError(
                f"out_type is 'cls_token', but the image tower of arch={self.arch!r} ends in no "
                'projection of a class token'
                + (': its attention pool gives the embedding itself' if self._is_resnet else '')
                + ". Use out_type='embedding', or a ViT of CLIP's, such as 'ViT-B-16-quickgelu'."
            )
        self.embed_dims = projection.shape[0]
        projection.requires_grad_(False)  # nothing reaches it

    def _embed(self, inputs: Tensor) -> Tensor:
        if self.out_type == 'cls_token':
            visual = self.visual
            return visual._pool(visual.transformer(visual._embeds(inputs)))[0]
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
