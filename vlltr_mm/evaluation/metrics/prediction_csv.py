"""Predicted and true class of every sample, in a file to be read."""

import csv
import os.path as osp
from typing import List, Optional, Sequence, Tuple

import numpy as np
from mmengine.evaluator import BaseMetric
from mmpretrain.registry import METRICS

from ...utils.files import write_csv


@METRICS.register_module()
class PredictionCSV(BaseMetric):
    """Write a line per sample, and give no number.

    The columns are ``label``, ``predicted`` and, where the samples have a
    ``sample_idx``, ``index``. ``read_predictions`` reads the file.

    Args:
        path (str): the ``.csv`` file; each evaluation replaces it.
        collect_device (str): Defaults to 'cpu'.
        prefix (str, optional): unused, there is no number. Defaults to None.

    Raises:
        ValueError: if the path does not end with .csv.
    """

    default_prefix = 'predictions'

    def __init__(self, path: str, collect_device: str = 'cpu', prefix: Optional[str] = None):
        super().__init__(collect_device, prefix)
        if not path.endswith('.csv'):
            raise ValueError(f"path is '{path}'; PredictionCSV writes only .csv files, name one.")
        self.path = path

    def process(self, data_batch, data_samples: Sequence[dict]):
        """Keep label, predicted class and index of each sample.

        Args:
            data_batch: unused.
            data_samples (Sequence[dict]): with ``gt_label``, and
                ``pred_score`` (C,) or ``pred_label``; ``sample_idx`` too, or
                not.
        """
        for sample in data_samples:
            if 'pred_score' in sample:
                predicted = sample['pred_score'].argmax()
            else:
                predicted = sample['pred_label']
            row = int(sample['gt_label']), int(predicted)
            if 'sample_idx' in sample:
                row += (int(sample['sample_idx']),)
            # One element per sample: so MMEngine drops the padding of ranks.
            self.results.append(row)

    def compute_metrics(self, results: List[tuple]) -> dict:
        """Write the samples of all ranks.

        Returns:
            dict: empty.
        """
        width = min(map(len, results), default=2)
        write_csv(
            self.path, ('label', 'predicted', 'index')[:width], (row[:width] for row in results)
        )
        return {}


def read_predictions(path: str) -> Tuple[np.ndarray, np.ndarray]:
    """Read what ``PredictionCSV`` wrote.

    Args:
        path (str): the file.

    Returns:
        tuple[np.ndarray, np.ndarray]: true and predicted classes, (N,) int64.

    Raises:
        FileNotFoundError: if it is missing.
        ValueError: if a line has not both classes.
    """
    if not osp.isfile(path):
        raise FileNotFoundError(f"'{path}' does not exist; test again with PredictionCSV.")
    with open(path, encoding='utf-8', newline='') as file:
        rows = csv.DictReader(file)
        try:
            pairs = [(int(row['label']), int(row['predicted'])) for row in rows]
        except (KeyError, TypeError, ValueError) as error:
            raise ValueError(
                f"{path}, line {rows.line_num}: no integer 'label' and "
                "'predicted'; test again with PredictionCSV."
            ) from error
    labels, predicted = np.array(pairs, dtype=np.int64).reshape(-1, 2).T
    return labels, predicted
