"""Contrast to other images and to learned class centres in one softmax."""

import math
from collections.abc import Sequence

import torch
from mmengine.dist import get_rank
from mmpretrain.models.losses import weight_reduce_loss
from mmpretrain.registry import MODELS
from torch import Tensor

from ...utils.validation import check_number, shown
from .gather import gather_rows
from .logit_adjusted_loss import LogitAdjustedLoss


@MODELS.register_module()
class PaCoLoss(LogitAdjustedLoss):
    """Parametric contrastive loss, rebalanced by the prior.

    Of an anchor i with embedding q_i, centre logits z_i and class y_i, the
    candidates are the C centres with a_c = z_ic + log π_c and all other
    embeddings f_j with b_j = q_i·f_j / T, in one softmax::

        p(c) = exp(a_c) / Z,  p(j) = exp(b_j) / Z,  Z = Σ_c exp(a_c) + γ·Σ_j exp(b_j)
        ℓ_i = −[β·log p(y_i) + α·Σ_{j ∈ P} log p(j)] / (β + α·|P|)

    with the embeddings P of class y_i other than the anchor itself. Source:
    Cui et al., Parametric Contrastive Learning, ICCV 2021 (arXiv 2107.12028);
    with both views as anchors, Cui et al., Generalized Parametric Contrastive
    Learning, TPAMI 2023 (arXiv 2209.12400). α = γ = 0 is
    ``LogitAdjustedLoss``. It is the ``loss`` of the head of a
    ``PaCoClassifier``.

    Args:
        class_counts (Sequence[int] | str): n_c, see ``CountBasedLoss``.
        alpha (float): α ≥ 0, the weight of an embedding of the class.
            Defaults to 0.05.
        beta (float): β > 0, that of the class centre. Defaults to 1.0.
        gamma (float): γ ≥ 0. Defaults to 1.0.
        temperature (float): T > 0. Defaults to 0.2.
        gather (bool): the candidates are the embeddings of all ranks. False:
            of this one alone, as in the authors' code, where the value
            depends on the number of GPUs. Defaults to True.
        prior_floor (float): added to π_c before the logarithm, 1e-9 in the
            authors' code. Defaults to 0.0.
        **kwargs: ``tau``, which multiplies log π, ``sampling_power``,
            ``reduction`` and ``loss_weight`` of ``LogitAdjustedLoss``.

    Raises:
        ValueError: if a number is out of range; see also
            ``LogitAdjustedLoss``.

    Examples:
        >>> loss = PaCoLoss([1, 1], alpha=0.5, temperature=1.0)
        >>> value = loss(
        ...     torch.zeros(1, 2), torch.tensor([0]), queries=torch.tensor([[1.0, 0.0]]),
        ...     keys=torch.tensor([[1.0, 0.0]]))
        >>> # Z = ½ + ½ + e; −(log(½ / Z) + ½·log(e / Z)) / 1.5
        >>> round(float(value), 4)
        1.442
    """

    def __init__(
        self,
        class_counts: Sequence[int] | str,
        alpha: float = 0.05,
        beta: float = 1.0,
        gamma: float = 1.0,
        temperature: float = 0.2,
        gather: bool = True,
        prior_floor: float = 0.0,
        **kwargs,
    ):
        super().__init__(class_counts, **kwargs)
        self.alpha = check_number(alpha, 'alpha', 0)
        self.beta = check_number(beta, 'beta', 1e-6)
        self.gamma = check_number(gamma, 'gamma', 0)
        self.temperature = check_number(temperature, 'temperature', 1e-6)
        self.gather = gather
        self.prior_floor = check_number(prior_floor, 'prior_floor', 0)

    def forward(
        self,
        cls_score: Tensor,
        target: Tensor,
        queries: Tensor,
        keys: Tensor | None = None,
        queue: Tensor | None = None,
        queue_labels: Tensor | None = None,
        avg_factor: float | None = None,
    ) -> Tensor:
        """Compute the loss of the anchors of a batch.

        Args:
            cls_score (Tensor): centre logits z (N, C).
            target (Tensor): classes y (N,) int64.
            queries (Tensor): the anchors' embeddings (N, D), unit norm.
            keys (Tensor, optional): the other views of these images in that
                order, (N, D), unit norm; no anchors.
            queue (Tensor, optional): earlier keys (K, D), unit norm.
            queue_labels (Tensor, optional): their classes (K,); −1 marks an
                empty place.
            avg_factor (float, optional): what the mean divides by. Defaults
                to None, N.

        Returns:
            Tensor: scalar; (N,) for the reduction 'none'.

        Raises:
            ValueError: if labels are mixed, or shapes do not fit.
        """
        _check(cls_score, target, queries, keys, queue, queue_labels)
        dtype = torch.promote_types(cls_score.dtype, torch.float32)
        scores = cls_score.to(dtype)
        log_prior = self._log_prior(self._counts_for(scores))
        if self.prior_floor:
            log_prior = (log_prior.exp() + self.prior_floor).log()
        spread = gather_rows if self.gather else lambda rows: rows
        rows = [(spread(queries), spread(target))]
        if keys is not None:
            rows.append((spread(keys), rows[0][1]))
        if queue is not None:
            rows.append((queue, queue_labels))
        feats = torch.cat([feat.to(dtype) for feat, _ in rows])
        with torch.autocast(queries.device.type, enabled=False):  # T magnifies each rounding
            similar = queries.to(dtype) @ feats.T / self.temperature  # (N, all candidates)
        first = get_rank() * len(queries) if self.gather else 0
        centres = scores + self.tau * log_prior
        losses = self._losses(centres, target, similar, [own for _, own in rows], first)
        return self.loss_weight * weight_reduce_loss(losses, None, self.reduction, avg_factor)

    def _losses(
        self, centres: Tensor, target: Tensor, similar: Tensor, labels: list[Tensor], first: int
    ) -> Tensor:
        """Compute ℓ (N,) of a (N, C) and b (N, M); anchor i is candidate first + i."""
        labels = torch.cat(labels)  # (M,)
        allowed = (labels >= 0).repeat(len(target), 1)
        index = torch.arange(len(target), device=target.device)
        allowed[index, first + index] = False
        others = similar.masked_fill(~allowed, -math.inf)
        terms = [centres] + ([others + math.log(self.gamma)] if self.gamma else [])
        log_z = torch.cat(terms, dim=1).logsumexp(dim=1, keepdim=True)
        positive = (allowed & (labels == target[:, None])).to(similar.dtype)
        log_centre = (centres - log_z)[index, target]
        total = self.beta * log_centre + self.alpha * (positive * (similar - log_z)).sum(dim=1)
        return -total / (self.beta + self.alpha * positive.sum(dim=1))


def _check(cls_score, target, queries, keys, queue, queue_labels):
    """Check labels and shapes.

    Raises:
        ValueError: naming the first that does not fit.
    """
    if target.ndim != 1 or target.is_floating_point():
        raise ValueError(
            f'target is {tuple(target.shape)} of {target.dtype}; PaCoLoss takes class indices '
            '(N,): leave the batch augmentations of model.train_cfg (Mixup, CutMix) out.'
        )
    if not len(cls_score) == len(target) == len(queries):
        raise ValueError(
            f'There are {len(cls_score)} rows of logits, {len(target)} labels and {len(queries)} '
            'queries; give one of each for every anchor.'
        )
    if keys is not None and keys.shape != queries.shape:
        raise ValueError(
            f'keys are {tuple(keys.shape)}, queries {tuple(queries.shape)}; give two views of the '
            'same images, embedded alike.'
        )
    if (queue is None) != (queue_labels is None):
        raise ValueError('Give queue and queue_labels together, or neither.')
    if queue is not None and (
        queue.shape[1:] != queries.shape[1:] or queue_labels.shape != queue.shape[:1]
    ):
        raise ValueError(
            f'queue is {tuple(queue.shape)}, queue_labels {shown(tuple(queue_labels.shape))}; for '
            f'embeddings of width {queries.shape[1]} give (K, {queries.shape[1]}) and (K,): make '
            'dims of the queue the width of the projector.'
        )
