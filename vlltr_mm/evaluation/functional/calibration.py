"""Correct a finished classifier on held-out logits: a prior, and the weight of a branch."""

from collections.abc import Iterator, Sequence

import torch
import torch.nn.functional as F
from torch import Tensor

from ...utils.validation import check_list, check_number
from .class_splits import ClassSplits

_BLOCK = 4096  # rows that are looked at in float64 at a time
_STEPS = 500


@torch.no_grad()
def estimate_text_prior(logits: Tensor, labels: Tensor, tolerance: float = 1e-4) -> Tensor:
    """Estimate the class prior that a text score has of its own.

    q = argmin over the simplex of Σ_i w_i·CE(z_i − log q, y_i) with
    w_i = 1/(C·n_{y_i}), so that every class counts alike, however long-tailed
    the labels are; z − log q is the score without it. Source: GLA (Zhu et
    al., NeurIPS 2023). The temperature is that of z itself.

    The problem is convex in log q and, as each class has a sample, has one
    solution: that where the weighted mean of softmax(z_i − log q) is uniform.
    L-BFGS in float64 goes there.

    Args:
        logits (Tensor): z (N, C).
        labels (Tensor): y (N,) int64, each of the C classes among them.
        tolerance (float): it ends where no class's mean probability differs
            from 1/C by more than this share of 1/C. Defaults to 1e-4.

    Returns:
        Tensor: log q (C,) float64 on the CPU, of which the exponentials sum
        to 1.

    Raises:
        ValueError: if the shapes do not fit together, a logit is not finite
            or a class has no sample.
        RuntimeError: if it does not converge.

    Examples:
        >>> balanced = torch.tensor([[1., 0.], [0., 1.]])
        >>> biased = balanced + torch.tensor([0.75, 0.25]).log()
        >>> log_prior = estimate_text_prior(biased, torch.tensor([0, 1]))
        >>> log_prior.exp().round(decimals=3).tolist()
        [0.75, 0.25]
    """
    weights = 1 / _check_samples(logits, labels).double()  # (C,)
    logits, labels, classes = logits.cpu(), labels.cpu(), logits.shape[1]
    offset = torch.zeros(classes, dtype=torch.float64, requires_grad=True)  # −log q

    def closure() -> Tensor:
        loss, offset.grad = _loss_and_gradient(logits, labels, weights, offset.detach())
        return loss

    torch.optim.LBFGS(
        [offset],
        max_iter=_STEPS,
        tolerance_grad=tolerance,
        tolerance_change=0,
        history_size=20,
        line_search_fn='strong_wolfe',
    ).step(closure)
    closure()
    worst = float(offset.grad.abs().max())
    if not worst <= tolerance:
        raise RuntimeError(
            f'The prior of these logits was not found in {_STEPS} steps: a mean probability still '
            f'differs from 1/{classes} by {worst:.1e} of it. They lie in {float(logits.min()):g} '
            f'.. {float(logits.max()):g}; correct logit_scale of the head if that is too wide.'
        )
    return F.log_softmax(-offset.detach(), dim=0)


def _check_samples(logits: Tensor, labels: Tensor) -> Tensor:
    """Refuse samples without logits, or classes without samples; count these, (C,)."""
    if logits.ndim != 2 or labels.shape != logits.shape[:1] or not logits.numel():
        raise ValueError(
            f'logits is {tuple(logits.shape)} and labels {tuple(labels.shape)}; they must be '
            '(N, C) and (N,), of at least one sample.'
        )
    if not logits.isfinite().all():
        raise ValueError('logits has values that are not finite; take another checkpoint.')
    classes = logits.shape[1]
    if not 0 <= labels.min() <= labels.max() < classes:
        raise ValueError(
            f'labels lie in {int(labels.min())} .. {int(labels.max())}; with {classes} columns of '
            f'logits they must lie in 0 .. {classes - 1}.'
        )
    counts = torch.bincount(labels.cpu(), minlength=classes)
    bare = (counts == 0).nonzero().flatten().tolist()
    if bare:
        raise ValueError(
            f'Class {bare[0]} has no sample ({len(bare)} of {classes} classes have none), so '
            'nothing is known of its prior; give samples of every class.'
        )
    return counts


def _loss_and_gradient(
    logits: Tensor, labels: Tensor, weights: Tensor, offset: Tensor
) -> tuple[Tensor, Tensor]:
    """Return Σ_i w_i·CE(z_i + b, y_i) and its gradient in b (C,), w_i = weights[y_i]."""
    loss, gradient = offset.new_zeros(()), offset.new_full(offset.shape, -1)
    for block, own in zip(logits.split(_BLOCK), labels.split(_BLOCK)):
        log_prob = F.log_softmax(block.double() + offset, dim=1)
        weight = weights[own]
        loss -= weight @ log_prob.gather(1, own.unsqueeze(1)).squeeze(1)
        gradient += weight @ log_prob.exp_()
    return loss, gradient


def stratified_folds(labels: Tensor, folds: int) -> Tensor:
    """Deal the samples of each class to folds in turn.

    Args:
        labels (Tensor): (N,) int64.
        folds (int): how many.

    Returns:
        Tensor: (N,) int64, the fold of each sample.

    Examples:
        >>> stratified_folds(torch.tensor([0, 1, 0, 0, 1]), 2).tolist()
        [0, 0, 1, 0, 1]
    """
    order = torch.argsort(labels, stable=True)
    counts = torch.bincount(labels)
    starts = (counts.cumsum(0) - counts)[labels[order]]  # (N,) of each sample's class
    dealt = torch.empty_like(labels)
    dealt[order] = (torch.arange(len(labels)) - starts) % folds
    return dealt


def check_weights(weights: Sequence[float]) -> list[float]:
    """Return the ``visual_weight`` to try as numbers.

    Args:
        weights (Sequence[float]): of the visual branch.

    Raises:
        ValueError: if there is none, or one is not in [0, 1].
    """
    numbers = [check_number(weight, 'weights', 0, 1) for weight in check_list(weights, 'weights')]
    if not numbers:
        raise ValueError('weights is empty; give at least one visual_weight to try.')
    return numbers


def fused_predictions(
    visual: Tensor, language: Tensor, weights: Sequence[float]
) -> Iterator[Tensor]:
    """Classify by w·softmax(visual) + (1 − w)·softmax(language), ``LGRHead``'s score.

    Args:
        visual (Tensor): (N, C) logits.
        language (Tensor): (N, C) logits.
        weights (Sequence[float]): w, each in [0, 1].

    Returns:
        Iterator[Tensor]: of each w, the predicted classes (N,).
    """
    predicted = [[] for _ in weights]
    for first, second in zip(visual.split(_BLOCK), language.split(_BLOCK)):
        first, second = (logits.double().softmax(dim=1) for logits in (first, second))
        for own, weight in zip(predicted, weights):
            own.append(torch.lerp(second, first, weight).argmax(dim=1))
    return map(torch.cat, predicted)


def sweep_visual_weight(
    visual: Tensor, language: Tensor, labels: Tensor, weights: Sequence[float], splits: ClassSplits
) -> list[dict[str, float]]:
    """Fuse the branches of an ``LGRHead`` with every weight.

    Args:
        visual (Tensor): (N, C) logits.
        language (Tensor): (N, C) logits.
        labels (Tensor): (N,) int64.
        weights (Sequence[float]): the ``visual_weight`` to try.
        splits (ClassSplits): of the C classes.

    Returns:
        list[dict]: ``visual_weight``, ``balanced`` (the mean of the classes'
        accuracies), ``top1``, ``many``, ``medium`` and ``few``, in percent,
        in the order of ``weights``.

    Raises:
        ValueError: see ``check_weights``.
    """
    weights = check_weights(weights)
    return [
        dict(visual_weight=weight, **balanced_accuracy(predicted, labels, splits))
        for weight, predicted in zip(weights, fused_predictions(visual, language, weights))
    ]


def balanced_accuracy(predicted: Tensor, labels: Tensor, splits: ClassSplits) -> dict[str, float]:
    """Compute the accuracies of the splits, and ``balanced``, the mean over all classes.

    Args:
        predicted (Tensor): (N,) classes.
        labels (Tensor): (N,) int64.
        splits (ClassSplits): of the C classes.

    Returns:
        dict[str, float]: in percent. Where every class has as many samples
        ``balanced`` is ``top1``.
    """
    balanced = splits.balanced_accuracy(predicted, labels)
    return dict(balanced=balanced, **splits.accuracy(predicted, labels))


def choose_visual_weight(rows: Sequence[dict[str, float]]) -> float:
    """Return the weight of the best ``balanced``, of tied ones that nearest to 0.5.

    Args:
        rows (Sequence[dict]): what ``sweep_visual_weight`` returned.

    Examples:
        >>> rows = [(0.2, 70.), (0.4, 80.), (0.7, 80.)]
        >>> choose_visual_weight([dict(visual_weight=w, balanced=b) for w, b in rows])
        0.4
    """
    best = min(
        rows,
        key=lambda row: (
            # Rounded: equal sums may differ in the last digits.
            -round(row['balanced'], 9),
            round(abs(row['visual_weight'] - 0.5), 9),
            row['visual_weight'],
        ),
    )
    return best['visual_weight']
