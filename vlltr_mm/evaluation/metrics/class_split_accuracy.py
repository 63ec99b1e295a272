"""Accuracy over all samples, and over many, medium and few-shot classes."""

import math
from collections.abc import Sequence

import numpy as np
from mmengine.evaluator import BaseMetric
from mmpretrain.registry import METRICS
from torch import Tensor

from ...utils.class_counts import read_class_counts
from ...utils.files import write_csv
from ..functional.class_splits import ClassSplits, to_numpy
from ..functional.reliability import expected_calibration_error
from .prediction_csv import predicted_class, predicted_confidence


@METRICS.register_module()
class ClassSplitAccuracy(BaseMetric):
    """Top-1 accuracy, and its mean over the classes of each split.

    ``top1`` is the share of samples predicted right. ``many``, ``medium`` and
    ``few`` average the accuracies of their classes, split by the *training*
    images of a class; classes without test samples do not count. Where
    classes have no training images, ``unseen``, ``seen`` and
    ``harmonic_mean`` are there too (``ClassSplits.accuracy``).

    Args:
        class_counts (Sequence[int] | str, optional): training images per
            class, a JSON list of them, or the training list. Defaults to
            None: ``class_counts`` of the evaluated data set's metainfo.
        thresholds (tuple[int, int]): the bounds lo and hi between few, medium
            and many, in images. Defaults to (20, 100).
        rule (str): 'field' (many > hi, few < lo) or 'oltr' (many >= hi,
            few <= lo). Defaults to 'field'.
        per_class_csv (str, optional): where each evaluation writes a row per
            class. Defaults to None, not written.
        collect_device (str): Defaults to 'cpu'.
        prefix (str, optional): Defaults to None, 'accuracy'.
        extra (bool): whether to compute ``balanced`` and ``macro_f1`` of
            ``ClassSplits`` and ``ece``, ``expected_calibration_error``, too;
            the last is nan where a ``pred_score`` is no probability. Defaults
            to False.

    Raises:
        ValueError: if thresholds or rule are not as above.

    Examples:
        >>> ClassSplitAccuracy.calculate(
        ...     [0, 0, 1, 0], [0, 0, 1, 2], class_counts=[101, 100, 19])
        {'top1': 75.0, 'many': 100.0, 'medium': 100.0, 'few': 0.0}
    """

    default_prefix = 'accuracy'

    def __init__(
        self,
        class_counts: Sequence[int] | str | None = None,
        thresholds: tuple[int, int] = (20, 100),
        rule: str = 'field',
        per_class_csv: str | None = None,
        collect_device: str = 'cpu',
        prefix: str | None = None,
        extra: bool = False,
    ):
        super().__init__(collect_device, prefix)
        ClassSplits([0], thresholds, rule)  # a wrong rule ends the run here
        self.class_counts = class_counts
        self.thresholds = tuple(thresholds)
        self.rule = rule
        self.per_class_csv = per_class_csv
        self.extra = extra

    def process(self, data_batch, data_samples: Sequence[dict]):
        """Keep predicted and true class of each sample, and its confidence if needed.

        Args:
            data_batch: unused.
            data_samples (Sequence[dict]): with ``gt_label``, and
                ``pred_score`` (C,) or ``pred_label``.
        """
        for sample in data_samples:
            confidence = predicted_confidence(sample) if self.extra else None
            self.results.append((predicted_class(sample), int(sample['gt_label']), confidence))

    def resolve_splits(self) -> ClassSplits:
        """Return the class splits, with the counts of metric or data set.

        Raises:
            ValueError: if neither the metric nor the data set has them.
        """
        meta = self.dataset_meta or {}
        source = self.class_counts
        if source is None:
            source = meta.get('class_counts')
        if source is None:
            raise ValueError(
                'ClassSplitAccuracy: class_counts is None and the metainfo of '
                'the evaluated data set has none; give class_counts as a list '
                'of the training images per class or the training list file.'
            )
        classes = meta.get('classes')
        counts = read_class_counts(source, None if classes is None else len(classes))
        return ClassSplits(counts, self.thresholds, self.rule)

    def compute_metrics(self, results: list[tuple]) -> dict:
        """Compute the accuracies of all samples of all ranks.

        Returns:
            dict[str, float]: what ``ClassSplits.accuracy`` returns, and what
            ``extra`` adds, in percent.
        """
        pairs = [result[:2] for result in results]
        predicted, labels = np.array(pairs, dtype=np.int64).reshape(-1, 2).T
        splits = self.resolve_splits()
        metrics = splits.accuracy(predicted, labels)
        if self.extra:
            confidence = [result[2] for result in results]
            metrics['balanced'] = splits.balanced_accuracy(predicted, labels)
            metrics['macro_f1'] = splits.macro_f1(predicted, labels)
            metrics['ece'] = math.nan
            if None not in confidence:
                right = predicted == labels
                metrics['ece'] = expected_calibration_error(confidence, right)
        if self.per_class_csv is not None:
            self._write_csv(predicted, labels, splits)
        return metrics

    @staticmethod
    def calculate(
        pred_scores_or_labels: Tensor | np.ndarray | Sequence,
        labels: Tensor | np.ndarray | Sequence[int],
        class_counts: Sequence[int],
        thresholds: tuple[int, int] = (20, 100),
        rule: str = 'field',
    ) -> dict[str, float]:
        """Compute the accuracies from predictions.

        Args:
            pred_scores_or_labels (Tensor | np.ndarray | Sequence): scores
                (N, C), or predicted classes (N,) int.
            labels (Tensor | np.ndarray | Sequence[int]): (N,) int.
            class_counts (Sequence[int]): (C,) training images per class.
            thresholds (tuple[int, int]): lo and hi. Defaults to (20, 100).
            rule (str): 'field' or 'oltr'. Defaults to 'field'.

        Returns:
            dict[str, float]: what ``ClassSplits.accuracy`` returns, in
            percent; nan for a split without test samples.

        Raises:
            ValueError: if the shapes do not fit, or a label has no count.
        """
        splits = ClassSplits(class_counts, thresholds, rule)
        predicted = _predicted_classes(pred_scores_or_labels, len(splits.counts))
        return splits.accuracy(predicted, labels)

    def _write_csv(self, predicted: np.ndarray, labels: np.ndarray, splits: ClassSplits):
        """Write a row per class."""
        size = len(splits.counts)
        columns = dict(
            index=range(size),
            name=(self.dataset_meta or {}).get('classes', [''] * size),
            train_count=splits.counts,
            test_count=np.bincount(labels, minlength=size),
            split=splits.names,
            accuracy=[f'{value:.4f}' for value in splits.class_accuracy(predicted, labels)],
        )
        write_csv(self.per_class_csv, columns, zip(*columns.values()))


def _predicted_classes(scores_or_labels, num_classes: int) -> np.ndarray:
    """Return predicted classes (N,) from scores (N, C) or from themselves."""
    if isinstance(scores_or_labels, Tensor) and scores_or_labels.is_floating_point():
        scores_or_labels = scores_or_labels.float()  # numpy has no bfloat16
    values = to_numpy(scores_or_labels)
    if values.ndim == 2 and values.shape[1] == num_classes:
        return values.argmax(axis=1)
    if values.ndim == 1 and np.issubdtype(values.dtype, np.integer):
        return values
    raise ValueError(
        f'pred_scores_or_labels has shape {values.shape} and dtype {values.dtype}; with '
        f'{num_classes} class_counts give scores (N, {num_classes}) or integer labels (N,).'
    )
