"""Adjust a trained linear classifier: τ-normalisation and weight scaling.

Source: Kang et al., Decoupling Representation and Classifier for Long-Tailed
Recognition (ICLR 2020, arXiv 1910.09217), section 4.
"""

import math

import torch
import torch.nn.functional as F
from mmpretrain.models.heads import ClsHead
from mmpretrain.registry import MODELS
from torch import Tensor, nn

from ...utils.checkpoint import load_checkpoint_file
from ...utils.validation import check_weights
from ..backbones.openclip.weights import state_tensors
from .training_free_head import TrainingFreeClsHead

_PREFIX = 'head.fc.'
# What a head may have beside its classifier: tensors of a loss, such as class
# weights, and the layer of DualDistillClsHead that only training uses.
_BESIDE = ('head.loss_module.', 'head.hard_fc.')


def load_linear(fc: nn.Linear, path: str):
    """Fill a linear layer from the checkpoint of a ``LinearClsHead``'s run.

    Exactly ``head.fc.weight`` and ``head.fc.bias`` are read; of a
    ``DualDistillClsHead`` those are its classifier too.

    Args:
        fc (nn.Linear): D → C.
        path (str): the checkpoint.

    Raises:
        FileNotFoundError: if there is no such file.
        ValueError: if the checkpoint's head is another one, of another shape,
            or has numbers that are not finite.
    """
    state = state_tensors(load_checkpoint_file(path), path, light=True)
    wanted = {_PREFIX + name: t for name, t in fc.state_dict().items()}
    found = sorted(key for key in state if key.startswith('head.') and not key.startswith(_BESIDE))
    if found != sorted(wanted):
        raise ValueError(
            f'{path}: the head has the keys {found}, but exactly {sorted(wanted)} are needed; give '
            'a checkpoint of a run with a LinearClsHead.'
        )
    for key, tensor in wanted.items():
        if state[key].shape != tensor.shape:
            raise ValueError(
                f'{path}: {key} is {tuple(state[key].shape)}, the head takes '
                f'{tuple(tensor.shape)}; correct num_classes or in_channels, '
                'or give a checkpoint of this data set and tower.'
            )
    check_weights({key: state[key] for key in wanted}, path)
    fc.load_state_dict({key[len(_PREFIX) :]: state[key] for key in wanted})


@MODELS.register_module()
class TauNormClsHead(TrainingFreeClsHead):
    """τ-normalised classifier: w_c ← w_c/|w_c|^τ, without the bias.

    τ = 0 leaves the weights, τ = 1 gives all classes the same norm; nothing
    is trained. τ is no part of a checkpoint: ``TauSweepHook`` chooses it on
    validation images, or the config names it. The state dict is that of
    ``LinearClsHead``, whose checkpoints load as they are.

    Args:
        num_classes (int): C.
        in_channels (int): width D of the image embedding.
        tau (float): τ. Defaults to 1.0.
        linear (str, optional): the checkpoint of a run with a
            ``LinearClsHead``, read by ``init_weights``. Defaults to None.
        **kwargs: of ``TrainingFreeClsHead``.

    Raises:
        ValueError: if ``tau`` is negative or not finite.
    """

    def __init__(
        self,
        num_classes: int,
        in_channels: int,
        tau: float = 1.0,
        linear: str | None = None,
        **kwargs,
    ):
        super().__init__(num_classes, **kwargs)
        if not 0 <= tau < math.inf:
            raise ValueError(f'tau is {tau}; give a finite number, 0 or more.')
        self.tau = tau
        self.linear = linear
        self.fc = nn.Linear(in_channels, num_classes)

    def init_weights(self):
        """Read the linear classifier; see ``load_linear``."""
        super().init_weights()
        if self.linear is not None:
            load_linear(self.fc, self.linear)

    def forward(self, feats: tuple[Tensor]) -> Tensor:
        """Return the logits (N, C) of ``feats[-1]`` (N, D)."""
        norms = self.fc.weight.norm(dim=1).clamp(min=1e-12)
        return F.linear(self.pre_logits(feats), self.fc.weight) / norms**self.tau


@MODELS.register_module()
class LWSClsHead(ClsHead):
    """Learnable weight scaling: one factor per class on a frozen classifier.

    The logit is f_c·(w_c·x + b_c), f_c starting at 1. The paper's formula,
    f_c·w_c, has no bias; its authors' code scales the bias with the weight,
    as here, so that training starts from the linear classifier itself. Train
    with a frozen tower and class-balanced sampling.

    Args:
        num_classes (int): C.
        in_channels (int): width D of the image embedding.
        linear (str, optional): the checkpoint of a run with a
            ``LinearClsHead``, read by ``init_weights``. Defaults to None, for
            a checkpoint that is loaded otherwise.
        loss (dict, optional): Defaults to None, ``ClsHead``'s.
        **kwargs: of ``ClsHead``.
    """

    def __init__(
        self,
        num_classes: int,
        in_channels: int,
        linear: str | None = None,
        loss: dict | None = None,
        **kwargs,
    ):
        super().__init__(loss=loss or dict(type='CrossEntropyLoss'), **kwargs)
        self.num_classes = num_classes
        self.linear = linear
        self.fc = nn.Linear(in_channels, num_classes)
        self.fc.requires_grad_(False)
        self.scales = nn.Parameter(torch.ones(num_classes))

    def init_weights(self):
        """Read the linear classifier; see ``load_linear``."""
        super().init_weights()
        if self.linear is not None:
            load_linear(self.fc, self.linear)

    def forward(self, feats: tuple[Tensor]) -> Tensor:
        """Return the logits (N, C) of ``feats[-1]`` (N, D)."""
        return self.scales * self.fc(self.pre_logits(feats))
