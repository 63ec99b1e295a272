"""How well a model tells known classes, and images of none of them, apart."""

from collections.abc import Sequence

import numpy as np
from mmengine.evaluator import BaseMetric
from mmpretrain.registry import METRICS

_UNKNOWN = -1


@METRICS.register_module()
class OpenSetFMeasure(BaseMetric):
    """F-measure of OLTR, of images of known classes and of none (label −1).

    With TP the images of known classes that are predicted right, FP those that
    are given another class, FN the unknown images that are given a class:
    P = TP / (TP + FP), R = TP / (TP + FN), F = 2PR / (P + R). Known images
    that are rejected (predicted as −1) count in none of them. Source: the code
    of Liu et al., Large-Scale Long-Tailed Recognition in an Open World, CVPR
    2019. The head decides what is rejected, as ``MetaEmbeddingClsHead`` does
    with ``open_threshold``.

    Args:
        collect_device (str): Defaults to 'cpu'.
        prefix (str, optional): Defaults to None, 'open'.

    Examples:
        >>> found = OpenSetFMeasure.calculate([0, 1, 1, -1, 0, -1], [0, 1, 0, 1, -1, -1])
        >>> {name: round(value, 4) for name, value in found.items()}
        {'f_measure': 0.6667, 'precision': 0.6667, 'recall': 0.6667, 'rejected': 0.5}
    """

    default_prefix = 'open'

    def __init__(self, collect_device: str = 'cpu', prefix: str | None = None):
        super().__init__(collect_device, prefix)

    def process(self, data_batch, data_samples: Sequence[dict]):
        """Keep one (predicted, true) pair of classes, or −1, per sample.

        Args:
            data_batch: unused.
            data_samples (Sequence[dict]): with ``gt_label`` and ``pred_label``.
        """
        self.results.extend((int(s['pred_label']), int(s['gt_label'])) for s in data_samples)

    def compute_metrics(self, results: list[tuple]) -> dict:
        """Compute the measures of all samples of all ranks; see ``calculate``."""
        return self.calculate(*np.array(results, dtype=np.int64).reshape(-1, 2).T)

    @staticmethod
    def calculate(predicted: Sequence[int], labels: Sequence[int]) -> dict[str, float]:
        """Compute the measures from predictions.

        Args:
            predicted (Sequence[int]): (N,) classes, or −1.
            labels (Sequence[int]): (N,) classes, or −1.

        Returns:
            dict[str, float]: ``f_measure``, ``precision``, ``recall``, and the
            share of unknown images that are ``rejected``, all from 0 to 1; 0
            where nothing is predicted right.

        Raises:
            ValueError: if the lengths differ, or there is no unknown image or
                no known one.
        """
        predicted, labels = np.asarray(predicted), np.asarray(labels)
        unknown = labels == _UNKNOWN
        if predicted.shape != labels.shape or unknown.all() or not unknown.any():
            raise ValueError(
                f'OpenSetFMeasure gets {len(predicted)} predictions for {len(labels)} images, '
                f'{int(unknown.sum())} of them with label -1; evaluate images of known classes '
                'together with some of none, whose label is -1.'
            )
        right = int((predicted == labels)[~unknown].sum())
        wrong = int(((predicted != labels) & (predicted != _UNKNOWN))[~unknown].sum())
        accepted = int((predicted[unknown] != _UNKNOWN).sum())
        precision = right / max(right + wrong, 1)
        recall = right / max(right + accepted, 1)
        return dict(
            f_measure=2 * precision * recall / (precision + recall) if right else 0.0,
            precision=precision,
            recall=recall,
            rejected=1 - accepted / int(unknown.sum()),
        )
