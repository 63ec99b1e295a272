"""What both towers of a CLIP share as MMPretrain backbones."""

from contextlib import nullcontext

import torch
from mmengine.logging import print_log
from mmengine.model import BaseModule
from mmpretrain.registry import MODELS
from torch import Tensor, nn

from ....utils.warn_once import warn_once
from ....utils.weights_digest import sorted_digest
from ...file_backed import FileBacked, FileContent
from .steady_attention import make_steady, steady_attentions
from .towers import activations, clip_config, load_clip_state, set_quick_gelu
from .tuning import check_tuner, tower_units
from .weights import ClipState, fit_tower, fitted_state


class OpenCLIPTower(FileBacked, BaseModule):
    """What both towers share: loading, activation, freezing, tuning, checkpointing.

    The activation belongs to the weights but is not among open_clip's, so a
    buffer keeps it and a checkpoint brings it back.

    With a tuner the open_clip module is frozen, in eval, and its state dict is
    that without; what is trained is in ``tuner``.
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
        self.untuned_logit_scale: float | None = None

    @property
    def tower(self) -> nn.Module:
        """The open_clip module."""
        raise NotImplementedError

    def _finish(self, tuner: dict | None):
        """Record the activation, attach the tuner and freeze, once the tower is there."""
        if activations(self.tower):
            quick_gelu = self.quick_gelu
            if quick_gelu is None:
                quick_gelu = clip_config(self.arch).get('quick_gelu', False)
            self.register_buffer('uses_quick_gelu', torch.tensor(quick_gelu))
            self.register_load_state_dict_post_hook(_follow_record)
        self.tuner = None
        if tuner is not None:
            self._attach(tuner)
        if self.frozen:
            self.requires_grad_(False)
            self.eval()

    def _attach(self, tuner: dict):
        units = tower_units(self.tower)
        if self.grad_checkpointing and units[0] == 'trunk':
            raise ValueError(
                f'grad_checkpointing is True, but the {self.which} tower of arch={self.arch!r} '
                'recomputes its activations out of reach of a tuner; set it to False.'
            )
        if not self.frozen:
            make_steady(self.tower)
        tuner = MODELS.build(tuner)
        tuner.attach(self.tower, units)
        self.tuner = tuner
        self.train(self.training)

    def untuned(self):
        """Be CLIP itself, without its tuner, in a ``with`` block."""
        return nullcontext() if self.tuner is None else self.tuner.off()

    def init_weights(self):
        """Load ``pretrained``, strictly, after the usual initialisation.

        Raises:
            ValueError: if keys, shapes, ``quick_gelu`` or the tuner do not
                fit.
        """
        super().init_weights()
        if self.pretrained is None:
            return
        loaded = self._read_clip()
        if activations(self.tower):
            if loaded.quick_gelu is None:
                self._say_assumed_activation()
            else:
                self._use_quick_gelu(loaded.quick_gelu, self.pretrained)
        if loaded.logit_bias is not None and self.which == 'vision':
            print_log(
                f'{self.pretrained} has logit_bias={loaded.logit_bias:.4g}, of a sigmoid loss; it '
                'is left out: softmax losses do not change with a constant.',
                logger='current',
            )
        fit_tower(self.tower, loaded.state, self._names())
        if loaded.tuner:
            check_tuner(self.tuner, loaded.tuner, self.pretrained)
            self.tuner.load_state_dict(loaded.tuner)
        self.pretrained_logit_scale = loaded.logit_scale
        self.untuned_logit_scale = loaded.untuned_logit_scale
        print_log(f'Loaded the {self.which} tower from {self.pretrained}', logger='current')

    def _read_clip(self) -> ClipState:
        return load_clip_state(self.pretrained, self.arch, self.which)

    def _names(self) -> str:
        """Name weights and tower, for messages."""
        return f'The weights of {self.pretrained} and the {self.which} tower of arch={self.arch!r}'

    def read_file(self) -> FileContent:
        """Read the tower's tensors in ``pretrained``; see ``FileBacked``."""
        loaded = self._read_clip()
        state = fitted_state(self.tower, loaded.state, self._names())
        name = next(name for name, module in self.named_children() if module is self.tower)
        named = {f'{name}.{key}': value for key, value in state.items()}
        return FileContent(named, sorted_digest(loaded.state))

    def _say_assumed_activation(self):
        """Warn, once for both towers, where neither file nor config tells the activation."""
        config = clip_config(self.arch)
        # OpenAI's image towers are none of timm's.
        known = 'quick_gelu' in config or config['vision_cfg'].get('timm_model_name')
        if self.quick_gelu is None and not known:
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

    def _load_from_state_dict(self, state_dict, prefix, *args):
        """Take no half of a tuner, and drop none, strictly or not."""
        prefix_of_tuner = f'{prefix}tuner.'
        tuner = {
            key.removeprefix(prefix_of_tuner): value
            for key, value in state_dict.items()
            if key.startswith(prefix_of_tuner)
        }
        if tuner:
            check_tuner(self.tuner, tuner, 'The state dict')
        super()._load_from_state_dict(state_dict, prefix, *args)

    def train(self, mode: bool = True):
        """Switch mode; a frozen or tuned tower stays in eval."""
        super().train(mode and not self.frozen)
        if self.tuner is not None:
            self.tower.eval()
            for attention in steady_attentions(self.tower):
                attention.train(self.training)
        return self

    def forward(self, inputs: Tensor) -> tuple[Tensor]:
        """Return the embedding (N, D), not normalised, in a tuple."""
        # A frozen tower keeps no activations.
        with torch.set_grad_enabled(torch.is_grad_enabled() and not self.frozen):
            return (self._embed(inputs),)


def _follow_record(backbone: OpenCLIPTower, _):
    """Use the activation that a loaded state dict names."""
    backbone._use_quick_gelu(bool(backbone.uses_quick_gelu), 'the loaded state dict')
