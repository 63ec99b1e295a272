"""Choose the weight and the prior of a finished head from stored logits."""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from ...evaluation import ClassSplits
from ...evaluation.functional.calibration import (
    balanced_accuracy,
    choose_visual_weight,
    estimate_text_prior,
    fused_predictions,
    stratified_folds,
    sweep_visual_weight,
)
from ...structures import BranchLogits, TextPrior
from .recording import check_origin

FOLDS = 5
WEIGHTS = tuple(round(0.05 * step, 2) for step in range(21))


@dataclass(frozen=True)
class Setting:
    """How a head is read.

    log_prior: log q (C,) that is taken off, None for nothing. visual_weight:
    w of an ``LGRHead``, None for other heads. chosen: whether w was chosen
    here. curve: of ``sweep_visual_weight``, where it was.
    """

    log_prior: Tensor | None
    visual_weight: float | None
    chosen: bool = False
    curve: tuple[dict, ...] = ()

    @property
    def name(self) -> str:
        """What is done, for a table."""
        done = [] if self.log_prior is None else ['prior off']
        if self.visual_weight is not None:
            done.append(f'w = {self.visual_weight:g}' + (' (chosen)' if self.chosen else ''))
        return ', '.join(done) or 'as it is'

    def predict(self, language: Tensor, visual: Tensor | None) -> Tensor:
        """Return the predicted classes (N,) of logits (N, C)."""
        if self.log_prior is not None:
            language = language - self.log_prior
        if self.visual_weight is None:
            return language.argmax(dim=1)
        return next(fused_predictions(visual, language, [self.visual_weight]))


@dataclass(frozen=True)
class Calibration:
    """What ``calibrate`` found.

    settings: the first changes nothing. accuracy: of each, ``balanced``,
    ``top1``, ``many``, ``medium`` and ``few`` in percent. folds: of the
    images, each judged by what was chosen on the others; 1: on the images
    that it was chosen on. prior: q, chosen on all images. best: index of the
    best ``balanced``, of tied ones the first.
    """

    settings: tuple[Setting, ...]
    accuracy: tuple[dict[str, float], ...]
    folds: int
    prior: TextPrior
    best: int


def calibrate(
    logits: BranchLogits, weights: Sequence[float] = WEIGHTS, folds: int = FOLDS
) -> Calibration:
    """Choose ``visual_weight`` and estimate the prior of the text score, without the model.

    Every class counts alike, however many images it has. The accuracies are
    of images that were held out: they are dealt to folds, class by class, and
    those of a fold are judged by what is chosen on the others. Where a class
    has a single image there is no such fold.

    The weight is not chosen on images that the model was trained on, as its
    visual branch knows them; the text score is then judged alone.

    Args:
        logits (BranchLogits): what ``record_branch_logits`` returned.
        weights (Sequence[float]): the ``visual_weight`` to try. Defaults to
            0, 0.05, ..., 1.
        folds (int): at most so many. Defaults to 5.

    Returns:
        Calibration: with at most four settings.

    Raises:
        ValueError: if a class has no image.
    """
    splits, meta, labels = check_origin(logits, 'The logits'), logits.meta, logits.labels
    visual = None if meta['seen_in_training'] else logits.visual
    given = None if visual is None else meta['visual_weight']
    scores = logits.language, visual, labels
    settings = _settings(*scores, given, weights, splits)
    folds = min(folds, int(torch.bincount(labels).min()))
    if folds < 2:
        folds, predicted = 1, [setting.predict(*scores[:2]) for setting in settings]
    else:
        predicted = [torch.empty_like(labels) for _ in settings]
        fold = stratified_folds(labels, folds)
        for index in range(folds):
            rest, own = (_rows(scores, rows) for rows in (fold != index, fold == index))
            for found, setting in zip(predicted, _settings(*rest, given, weights, splits)):
                found[fold == index] = setting.predict(*own[:2])
    accuracy = tuple(balanced_accuracy(found, labels, splits) for found in predicted)
    best = max(range(len(settings)), key=lambda i: (round(accuracy[i]['balanced'], 9), -i))
    prior = next(s.log_prior for s in settings if s.log_prior is not None)
    known = {key: meta[key] for key in ('config', 'checkpoint', 'split')}
    made = TextPrior(prior, logits.record, dict(known, images=len(labels)))
    return Calibration(settings, accuracy, folds, made, best)


def _rows(scores: Sequence[Tensor | None], mask: Tensor) -> list[Tensor | None]:
    return [None if value is None else value[mask] for value in scores]


def _settings(
    language: Tensor,
    visual: Tensor | None,
    labels: Tensor,
    given: float | None,
    weights: Sequence[float],
    splits: ClassSplits,
) -> tuple[Setting, ...]:
    """Choose each setting on some images: without and with the prior taken off."""
    log_prior = estimate_text_prior(language, labels)
    settings = [Setting(None, given), Setting(log_prior, given)]
    if visual is None:
        return tuple(settings)
    for own in (None, log_prior):
        score = language if own is None else language - own
        curve = sweep_visual_weight(visual, score, labels, weights, splits)
        settings.append(Setting(own, choose_visual_weight(curve), True, tuple(curve)))
    return settings[0], settings[2], settings[1], settings[3]
