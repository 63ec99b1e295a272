"""The many, medium and few classes of a long tail, and how well each does."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from torch import Tensor

from ...utils.class_counts import read_class_counts
from ...utils.validation import check_list, check_number
from ...utils.warn_once import warn_once

SPLITS = ('many', 'medium', 'few')
RULES = ('field', 'oltr')
UNSEEN = 'unseen'


@dataclass(frozen=True)
class ClassSplits:
    """Classes split by their training images.

    With thresholds (lo, hi), ``'field'`` calls a class many with more than hi
    images, few with fewer than lo, and medium from lo to hi (Decoupling,
    RIDE, BALLAD); ``'oltr'`` calls it many with at least hi, few with at most
    lo, and medium between. Classes without any are none of these: where there
    are some, they are a fourth split, ``unseen``.

    Args:
        counts (Sequence[int]): (C,) training images per class, kept as a
            tuple.
        thresholds (tuple[int, int]): lo and hi, in images. Defaults to
            (20, 100).
        rule (str): 'field' or 'oltr'. Defaults to 'field'.

    Raises:
        ValueError: if the counts are not integers >= 0, the rule is unknown
            or the thresholds are not two numbers with lo below hi.

    Examples:
        >>> splits = ClassSplits([101, 100, 20, 19])
        >>> splits.names.tolist()
        ['many', 'medium', 'medium', 'few']
        >>> splits.accuracy([0, 1, 1, 0], [0, 1, 2, 3])
        {'top1': 50.0, 'many': 100.0, 'medium': 50.0, 'few': 0.0}
    """

    counts: tuple[int, ...]
    thresholds: tuple[int, int] = (20, 100)
    rule: str = 'field'

    def __post_init__(self):
        given = [self.counts] if isinstance(self.counts, str) else self.counts
        counts = read_class_counts(given)
        thresholds = tuple(check_list(self.thresholds, 'thresholds'))
        for number in thresholds:
            check_number(number, 'thresholds', 0, 10**12)
        if len(thresholds) != 2 or not thresholds[0] < thresholds[1]:
            raise ValueError(
                f'thresholds is {thresholds}; give (lo, hi) with lo < hi, '
                'in images per class, such as (20, 100).'
            )
        if self.rule not in RULES:
            raise ValueError(
                f"rule is '{self.rule}'; allowed are 'field' (many > hi, "
                "few < lo) and 'oltr' (many >= hi, few <= lo)."
            )
        object.__setattr__(self, 'counts', tuple(counts.tolist()))
        object.__setattr__(self, 'thresholds', thresholds)

    @property
    def masks(self) -> dict[str, np.ndarray]:
        """Return the classes of each split, (C,) bool; each is in one."""
        counts, (low, high) = np.asarray(self.counts), self.thresholds
        if self.rule == 'field':
            many, few = counts > high, counts < low
        else:
            many, few = counts >= high, counts <= low
        unseen = counts == 0
        if not unseen.any():
            return dict(many=many, medium=~(many | few), few=few)
        masks = dict(many=many, medium=~(many | few), few=few)
        return {**{split: mask & ~unseen for split, mask in masks.items()}, UNSEEN: unseen}

    @property
    def wording(self) -> str:
        """Return rule and thresholds in words, such as 'field: many > 100, few < 20'."""
        (low, high), (over, under) = self.thresholds, '><' if self.rule == 'field' else '≥≤'
        return f'{self.rule}: many {over} {high}, few {under} {low}'

    @property
    def names(self) -> np.ndarray:
        """Return the split of each class, (C,) str."""
        masks = self.masks
        return np.select(list(masks.values()), list(masks), '')

    def accuracy(self, predicted: Sequence[int], labels: Sequence[int]) -> dict[str, float]:
        """Compute the accuracy of all samples and the mean over each split.

        Args:
            predicted (Sequence[int] | Tensor): (N,) predicted classes.
            labels (Sequence[int] | Tensor): (N,) true classes.

        Returns:
            dict[str, float]: ``top1``, the share of samples predicted right,
            and ``many``, ``medium`` and ``few``, the mean accuracy of their
            classes with samples, in percent; nan for a split without samples.
            Where classes have no training images, also ``unseen``, their
            mean; ``seen``, that of all others; and ``harmonic_mean``,
            2·seen·unseen/(seen + unseen). Source of the last: Xian et al.,
            Zero-Shot Learning - A Comprehensive Evaluation of the Good, the
            Bad and the Ugly, TPAMI 2019.

        Raises:
            ValueError: see ``class_accuracy``.
        """
        right, total = self._count(predicted, labels)
        metrics = dict(top1=100 * float(right.sum() / total.sum()))
        groups = self.masks
        if UNSEEN in groups:
            groups['seen'] = ~groups[UNSEEN]
        for split, mask in groups.items():
            tested = mask & (total > 0)
            if tested.any():
                metrics[split] = 100 * float((right[tested] / total[tested]).mean())
            else:
                metrics[split] = float('nan')
                warn_once(f"No class of the split '{split}' has test samples; its accuracy is nan.")
        if UNSEEN in groups:
            metrics['harmonic_mean'] = _harmonic_mean(metrics['seen'], metrics[UNSEEN])
        return metrics

    def class_accuracy(self, predicted: Sequence[int], labels: Sequence[int]) -> np.ndarray:
        """Compute the share of each class's samples that are predicted right.

        Args:
            predicted (Sequence[int] | Tensor): (N,) predicted classes.
            labels (Sequence[int] | Tensor): (N,) true classes.

        Returns:
            np.ndarray: (C,) percent; nan for a class without samples.

        Raises:
            ValueError: if there is no sample, the lengths differ, or a label
                has no count.
        """
        return _percent(*self._count(predicted, labels))

    def balanced_accuracy(self, predicted: Sequence[int], labels: Sequence[int]) -> float:
        """Compute the mean of the classes' accuracies, which are their recalls.

        Args:
            predicted (Sequence[int] | Tensor): (N,) predicted classes.
            labels (Sequence[int] | Tensor): (N,) true classes.

        Returns:
            float: percent, over the classes with samples, as in the splits.
            Where every class has as many samples it is ``top1``.

        Raises:
            ValueError: see ``class_accuracy``.
        """
        return float(np.nanmean(self.class_accuracy(predicted, labels)))

    def macro_f1(self, predicted: Sequence[int], labels: Sequence[int]) -> float:
        """Compute the mean of the classes' F1.

        F1_c = 2·TP_c/(2·TP_c + FP_c + FN_c), the harmonic mean of precision
        and recall. Classes without samples do not count, as in the splits: a
        sample that is predicted as one of them is a miss of its own class, and
        nothing more.

        Args:
            predicted (Sequence[int] | Tensor): (N,) predicted classes.
            labels (Sequence[int] | Tensor): (N,) true classes.

        Returns:
            float: percent.

        Raises:
            ValueError: see ``class_accuracy``.

        Examples:
            >>> round(ClassSplits([9, 9]).macro_f1([0, 0, 1, 0], [0, 0, 1, 1]), 1)
            73.3
        """
        predicted, labels = self._check(predicted, labels)
        right, total = self._count(predicted, labels)
        size = len(self.counts)
        known = predicted[(predicted >= 0) & (predicted < size)]
        guessed = np.bincount(known, minlength=size)
        tested = total > 0
        # 2·TP + FP + FN is all that are of the class and all that are called so.
        return 100 * float((2 * right[tested] / (total + guessed)[tested]).mean())

    def confusion(self, predicted: Sequence[int], labels: Sequence[int]) -> np.ndarray:
        """Compute how samples of each split are spread over predicted splits.

        Row a, column b: of the samples whose true class is in split a, the
        share predicted as a class of split b, the right one or another. Each
        row sums to 100.

        Args:
            predicted (Sequence[int] | Tensor): (N,) predicted classes.
            labels (Sequence[int] | Tensor): (N,) true classes.

        Returns:
            np.ndarray: (3, 3) percent, many, medium and few in both
            directions, with ``unseen`` (4, 4); a row of nan for a split
            without samples.

        Raises:
            ValueError: see ``class_accuracy``; also if a predicted class has
                no count.
        """
        predicted, labels = self._check(predicted, labels)
        if not 0 <= predicted.min() <= predicted.max() < len(self.counts):
            raise ValueError(
                f'predicted lie in {predicted.min()} .. {predicted.max()}; with '
                f'{len(self.counts)} classes they must lie in 0 .. {len(self.counts) - 1}.'
            )
        masks = list(self.masks.values())
        split = np.argmax(masks, axis=0)  # (C,) row of each class
        counts = np.zeros((len(masks), len(masks)))
        np.add.at(counts, (split[labels], split[predicted]), 1)
        return _percent(counts, counts.sum(axis=1, keepdims=True))

    def _check(self, predicted, labels) -> tuple[np.ndarray, np.ndarray]:
        """Return both as arrays (N,), the labels in 0 .. C-1."""
        predicted, labels = to_numpy(predicted), to_numpy(labels)
        if labels.shape != predicted.shape or not len(labels):
            raise ValueError(
                f'labels has shape {labels.shape}, the predictions '
                f'{predicted.shape}; give as many, and at least one.'
            )
        if labels.min() < 0 or labels.max() >= len(self.counts):
            raise ValueError(
                f'labels lie in {labels.min()} .. {labels.max()}, but '
                f'class_counts has {len(self.counts)} entries; give one per class.'
            )
        return predicted, labels

    def _count(self, predicted, labels) -> tuple[np.ndarray, np.ndarray]:
        """Count the right and all samples of each class, (C,) each."""
        predicted, labels = self._check(predicted, labels)
        right = labels[predicted == labels]
        return tuple(np.bincount(c, minlength=len(self.counts)) for c in (right, labels))


def _percent(part: np.ndarray, whole: np.ndarray) -> np.ndarray:
    """Divide, nan where the whole is 0."""
    return 100 * part / np.where(whole > 0, whole, np.nan)


def _harmonic_mean(first: float, second: float) -> float:
    return 2 * first * second / (first + second) if first + second else 0.0


def to_numpy(values) -> np.ndarray:
    """Return a tensor, an array or a sequence as an array."""
    return values.detach().cpu().numpy() if isinstance(values, Tensor) else np.asarray(values)
