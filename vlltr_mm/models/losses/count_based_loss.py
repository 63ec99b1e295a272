"""What losses share that depend on the training images per class."""

import math
import os
from collections.abc import Sequence

import torch
import torch.nn.functional as F
from mmengine.model import BaseModule
from mmpretrain.models.losses import weight_reduce_loss
from torch import Tensor

from ...utils.class_counts import read_class_counts
from ...utils.validation import check_number, shown

_REDUCTIONS = ('none', 'mean', 'sum')


class CountBasedLoss(BaseModule):
    """Base of losses that depend on the training images per class.

    A subclass computes the loss of each sample in ``sample_losses``. Counts,
    soft targets, sample weights and reductions are handled here.

    A file of counts is not read when the model is built but by
    ``init_weights``, which MMEngine calls before training, or else at first
    use: a trained model is tested without it. The counts follow the model to
    its device and are not in its checkpoints.

    A loss with class weights has ``beta`` and a bool ``reweight``, which
    ``DeferredReweightingHook`` switches, and takes ``class_weights``.

    Args:
        class_counts (Sequence[int] | str): n_c, the C training images per
            class, a ``.json`` file with the list of them, or the training
            list with one 'path label' per line.
        reduction (str): 'none', 'mean' or 'sum'. The mean is over the
            samples, not over their weights. Defaults to 'mean'.
        loss_weight (float): Defaults to 1.0.

    Raises:
        ValueError: if there is no such reduction, ``loss_weight`` is no
            finite number >= 0, or the counts are not integers > 0; for a
            file, when it is read.

    Examples:
        >>> class InverseCountLoss(CountBasedLoss):
        ...     def sample_losses(self, scores, target, counts):
        ...         return -(target * scores.log_softmax(dim=1) / counts).sum(dim=1)
        >>> loss = InverseCountLoss([1, 4], reduction='none')
        >>> values = loss(torch.zeros(2, 2), torch.tensor([0, 1]))
        >>> [round(v, 4) for v in values.tolist()]  # log 2, a quarter of it
        [0.6931, 0.1733]
    """

    def __init__(
        self, class_counts: Sequence[int] | str, reduction: str = 'mean', loss_weight: float = 1.0
    ):
        super().__init__()
        self.class_counts = class_counts
        self.reduction = _check_reduction(reduction)
        self.loss_weight = check_number(loss_weight, 'loss_weight', 0)
        # Integers: a model cast to half precision keeps them exact.
        self.register_buffer('counts', None, persistent=False)
        if not isinstance(class_counts, (str, os.PathLike)):
            self._read_counts()

    def init_weights(self):
        """Read the counts, unless they are here.

        Raises:
            FileNotFoundError: if the file is missing.
            ValueError: if the counts are not integers > 0.
        """
        super().init_weights()
        self._read_counts()

    @property
    def _source(self) -> str:
        """The counts as a message names them: a file whole, a list cut where it is long."""
        given = self.class_counts
        return str(given) if isinstance(given, (str, os.PathLike)) else shown(given, 80)

    def _read_counts(self):
        if self.counts is not None:
            return
        counts = read_class_counts(self.class_counts)
        empty = (counts == 0).nonzero()[0]
        if empty.size:
            raise ValueError(
                f'class_counts ({self._source}) has no training image of class '
                f'{empty[0]} ({empty.size} of {len(counts)} classes have none), and a loss that '
                'divides by the count or takes its logarithm is undefined there; leave the class '
                'out or give a list that counts it as 1.'
            )
        self.counts = torch.from_numpy(counts)

    def _counts_for(self, scores: Tensor) -> Tensor:
        """Return the counts (C,) in the dtype of logits, on their device."""
        self._read_counts()
        if scores.ndim != 2 or scores.shape[1] != len(self.counts):
            raise ValueError(
                f'class_counts ({self._source}) has '
                f'{len(self.counts)} classes, but the logits have shape '
                f"{tuple(scores.shape)}; make the head's num_classes and "
                'the counts agree.'
            )
        # A file may be read after the model was moved.
        self.counts = self.counts.to(scores.device)
        return self.counts.to(scores.dtype)

    def _class_scores(self, scores: Tensor) -> Tensor:
        """Return one score for each sample and class (N, C), whose shape is checked."""
        return scores

    def class_weights(self, counts: Tensor) -> Tensor | None:
        """Return class-balanced weights (C,), or None without ``reweight``."""
        return class_balanced_weights(counts, self.beta) if self.reweight else None

    def sample_losses(self, scores: Tensor, target: Tensor, counts: Tensor) -> Tensor:
        """Compute the loss of each sample.

        Args:
            scores (Tensor): z (N, C), in float32 at least.
            target (Tensor): (N, C), the share of each class in a sample: one
                class, or the mix of Mixup and CutMix.
            counts (Tensor): n_c (C,), of the dtype of ``scores``.

        Returns:
            Tensor: (N,).
        """
        raise NotImplementedError

    def forward(
        self,
        cls_score: Tensor,
        target: Tensor,
        weight: Tensor | None = None,
        avg_factor: float | None = None,
        reduction_override: str | None = None,
    ) -> Tensor:
        """Compute the loss of a batch.

        Args:
            cls_score (Tensor): z (N, C).
            target (Tensor): (N,) int64, or soft (N, C).
            weight (Tensor, optional): (N,), of the samples.
            avg_factor (float, optional): what the mean divides by. Defaults
                to None, N.
            reduction_override (str, optional): instead of ``reduction``.

        Returns:
            Tensor: scalar; (N,) for the reduction 'none'.

        Raises:
            ValueError: if logits, target and counts do not fit together, or
                there is no such reduction.
        """
        scores = cls_score.to(torch.promote_types(cls_score.dtype, torch.float32))
        rows = self._class_scores(scores)
        target = class_shares(rows, target)
        losses = self.sample_losses(scores, target, self._counts_for(rows))
        return self.loss_weight * weight_reduce_loss(
            losses,
            None if weight is None else weight.to(losses.dtype),
            _check_reduction(reduction_override or self.reduction),
            avg_factor,
        )


def class_shares(scores: Tensor, target: Tensor) -> Tensor:
    """Convert targets to the share of each class.

    Args:
        scores (Tensor): (N, C).
        target (Tensor): class indices (N,) int64, or the shares of the
            classes (N, C) that Mixup and CutMix give.

    Returns:
        Tensor: (N, C), of the dtype of ``scores``.

    Raises:
        ValueError: if the target is neither.

    Examples:
        >>> class_shares(torch.zeros(2, 3), torch.tensor([2, 0])).tolist()
        [[0.0, 0.0, 1.0], [1.0, 0.0, 0.0]]
    """
    if target.shape == scores.shape:
        return target.to(scores.dtype)
    if target.shape != scores.shape[:1] or target.is_floating_point():
        raise ValueError(
            f'target has shape {tuple(target.shape)} and dtype {target.dtype}; for logits of shape '
            f'{tuple(scores.shape)} give class indices ({len(scores)},) or soft targets '
            f'{tuple(scores.shape)}.'
        )
    return F.one_hot(target.long(), scores.shape[1]).to(scores.dtype)


def _check_reduction(reduction: str) -> str:
    if reduction not in _REDUCTIONS:
        raise ValueError(f"reduction is '{reduction}'; allowed are {', '.join(_REDUCTIONS)}.")
    return reduction


def check_beta(beta: float) -> float:
    """Return beta back if it is in [0, 1).

    Raises:
        ValueError: if it is not.
    """
    if not 0 <= beta < 1:
        raise ValueError(
            f'beta is {beta}; give a value from 0 (all classes alike) to '
            'below 1 (towards one over the count), such as 0.9999.'
        )
    return beta


def class_balanced_weights(counts: Tensor, beta: float) -> Tensor:
    """Weight each class by one over its effective number of images.

    w_c ∝ (1 − β) / (1 − β^n_c), scaled to the sum C. Source: Cui et al.,
    Class-Balanced Loss Based on Effective Number of Samples, CVPR 2019.

    Args:
        counts (Tensor): n_c (C,), floating point, > 0.
        beta (float): in [0, 1).

    Returns:
        Tensor: (C,), of the dtype of ``counts``.

    Examples:
        >>> weights = class_balanced_weights(torch.tensor([1., 2.]), beta=0.5)
        >>> [round(w, 4) for w in weights.tolist()]
        [1.2, 0.8]
    """
    log_beta = math.log(beta) if beta else -math.inf
    # 1 − β^n; expm1 keeps its digits where β^n is near 1.
    effective = -torch.expm1(counts * log_beta)
    weights = 1 / effective
    return weights * (len(counts) / weights.sum())
