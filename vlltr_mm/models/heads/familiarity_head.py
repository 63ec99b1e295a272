"""A linear classifier, re-weighted by how many images each class was trained on."""

import os
from collections.abc import Sequence

import torch
import torch.nn.functional as F
from mmpretrain.models.heads import ClsHead
from mmpretrain.registry import MODELS
from mmpretrain.structures import DataSample
from torch import Tensor, nn

from ...utils.checkpoint import load_checkpoint_file
from ...utils.class_counts import read_class_counts
from ...utils.validation import check_int, check_text, check_weights
from ..backbones.openclip.weights import state_tensors
from .batch_losses import batch_accuracies, batch_losses
from .decoupling_heads import load_linear

_TRAINS = ('weights', 'linear')


@MODELS.register_module()
class FamiliarityClsHead(ClsHead):
    """Weigh the probabilities of a linear classifier by the counts of the classes.

    With p = softmax(W x + b) and the shares t_c = n_c / max n of the training
    images:

        h = mean over filters of ReLU(conv(p sorted, falling))     (C − 1)
        a = dense(h)                                               (P)
        ω_c = sigmoid(a_0 + a_1 t_c + … + a_{P−1} t_c^{P−1})
        score_c = ω_c p_c / Σ_k ω_k p_k

    How sure p is decides how much a class is trusted for its images. ``dense``
    starts at 0, so that ω is 1/2 for all and the head starts as the linear
    classifier. Logits are log(ω_c p_c).

    This is a re-implementation in our own details of smDRAGON: Samuel et al.,
    From Generalized Zero-Shot Learning to Long-Tail With Class Descriptors,
    WACV 2021 (arXiv 2004.02235), whose public code has only the form with a
    second expert, on other data.

    It is trained in two stages: ``conv`` and ``dense`` on images that the
    linear classifier was not trained on ('weights'), then a new network and
    linear classifier on all images, with cross entropy of p ('linear').

    Args:
        num_classes (int): C ≥ 2.
        in_channels (int): D.
        class_counts (Sequence[int] | str): the C training images per class, a
            ``.json`` file with the list of them, or the training list. Read
            by ``init_weights``; t is in the checkpoint.
        trains (str): 'weights' or 'linear'. Defaults to 'weights'.
        linear (str, optional): the checkpoint of a run with a
            ``LinearClsHead``, read by ``init_weights``. Defaults to None.
        weights (str, optional): the checkpoint of a run with this head, of
            which ``conv`` and ``dense`` are read by ``init_weights``. Defaults
            to None.
        num_terms (int): P. Defaults to 4.
        num_filters (int): of ``conv``, each of width 2. Defaults to 2.
        class_softmax (bool): weigh with the softmax of ω over the classes, as
            in the code of the form with two experts; as the score is
            normalised, that is exp(ω_c). Defaults to False.
        loss (dict, optional): Defaults to None, cross entropy.
        **kwargs: of ``ClsHead``.

    Raises:
        ValueError: if an argument is none of these.
    """

    def __init__(
        self,
        num_classes: int,
        in_channels: int,
        class_counts: Sequence[int] | str,
        trains: str = 'weights',
        linear: str | None = None,
        weights: str | None = None,
        num_terms: int = 4,
        num_filters: int = 2,
        class_softmax: bool = False,
        loss: dict | None = None,
        **kwargs,
    ):
        super().__init__(loss=loss or dict(type='CrossEntropyLoss'), **kwargs)
        self.num_classes = check_int(num_classes, 'num_classes', 2)
        self.trains = check_text(trains, 'trains', _TRAINS)
        self.class_counts = class_counts
        self.linear = linear
        self.weights = weights
        self.class_softmax = class_softmax
        self.fc = nn.Linear(check_int(in_channels, 'in_channels', 1), self.num_classes)
        self.conv = nn.Conv1d(1, check_int(num_filters, 'num_filters', 1), 2)
        self.dense = nn.Linear(self.num_classes - 1, check_int(num_terms, 'num_terms', 1))
        nn.init.zeros_(self.dense.weight)
        nn.init.zeros_(self.dense.bias)
        frozen = (self.fc,) if self.trains == 'weights' else (self.conv, self.dense)
        for layer in frozen:
            layer.requires_grad_(False)
        self.register_buffer('shares', torch.zeros(self.num_classes))
        self._has_shares = False
        self.register_load_state_dict_post_hook(FamiliarityClsHead._refresh)
        if not isinstance(class_counts, (str, os.PathLike)):
            self._read_counts()

    def _refresh(self, _=None):
        """Record whether t is known; also the hook of a load."""
        self._has_shares = bool(self.shares.any())

    def _read_counts(self):
        if self._has_shares:
            return
        counts = torch.from_numpy(read_class_counts(self.class_counts, self.num_classes)).double()
        self.shares.copy_(counts / counts.max())
        self._has_shares = True

    def init_weights(self):
        """Read the counts, the linear classifier and the weights of another run.

        Raises:
            FileNotFoundError: if one of the files does not exist.
            ValueError: if one does not fit; see ``load_linear``.
        """
        super().init_weights()
        self._read_counts()
        if self.linear is not None:
            load_linear(self.fc, self.linear)
        if self.weights is not None:
            self._load_weights(self.weights)

    def _load_weights(self, path: str):
        """Read ``conv`` and ``dense`` from the checkpoint of a run with this head."""
        state = state_tensors(load_checkpoint_file(path), path, light=True)
        own = {k: v for k, v in self.state_dict().items() if k.startswith(('conv.', 'dense.'))}
        for key, tensor in own.items():
            found = state.get(f'head.{key}')
            if found is None or found.shape != tensor.shape:
                raise ValueError(
                    f'{path}: head.{key} is {None if found is None else tuple(found.shape)}, the '
                    f'head takes {tuple(tensor.shape)}; give a checkpoint of a run with a '
                    'FamiliarityClsHead of the same classes, terms and filters.'
                )
        check_weights({key: state[f'head.{key}'] for key in own}, path)
        self.load_state_dict({key: state[f'head.{key}'] for key in own}, strict=False)

    def log_weights(self, log_p: Tensor) -> Tensor:
        """Return log ω (N, C) of log p (N, C); with ``class_softmax`` up to a constant."""
        self._read_counts()
        falling = log_p.exp().sort(dim=1, descending=True).values
        h = self.conv(falling[:, None]).relu().mean(dim=1)  # (N, C − 1)
        a = self.dense(h)  # (N, P)
        powers = self.shares ** torch.arange(a.shape[1], device=a.device)[:, None]  # (P, C)
        z = a @ powers.to(a.dtype)
        return z.sigmoid() if self.class_softmax else F.logsigmoid(z)

    def forward(self, feats: tuple[Tensor]) -> Tensor:
        """Return log(ω_c p_c) (N, C) of ``feats[-1]`` (N, D)."""
        x = self.pre_logits(feats)
        # Small probabilities are below the least number of half precision.
        with torch.autocast(x.device.type, enabled=False):
            log_p = self.fc(x.to(self.fc.weight.dtype)).log_softmax(dim=1)
            return log_p + self.log_weights(log_p)

    def loss(self, feats: tuple[Tensor], data_samples: list[DataSample], **kwargs) -> dict:
        """Compute the loss of the scores, or of the linear classifier where that is trained."""
        logits = self(feats) if self.trains == 'weights' else self.fc(self.pre_logits(feats))
        losses = batch_losses(self.loss_module, dict(loss=logits), data_samples, **kwargs)
        if self.cal_acc:
            losses.update(batch_accuracies(logits, data_samples, self.topk))
        return losses
