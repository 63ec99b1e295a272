"""Predicted and true class of every sample, in a CSV file."""

import csv
import io
import os.path as osp
import re
from collections.abc import Sequence

import numpy as np
from mmengine.evaluator import BaseMetric
from mmpretrain.registry import METRICS

from ...utils.files import read_text, write_csv

_CLASS = re.compile('[0-9]{1,9}')


@METRICS.register_module()
class PredictionCSV(BaseMetric):
    """Write a line per sample; no accuracy is computed.

    The columns are ``label``, ``predicted`` and, where the samples have a
    ``sample_idx``, ``index``. ``read_predictions`` reads the file.

    Args:
        path (str): the ``.csv`` file; each evaluation replaces it.
        collect_device (str): Defaults to 'cpu'.
        prefix (str, optional): unused, nothing is computed. Defaults to None.

    Raises:
        ValueError: if the path does not end with .csv.
    """

    default_prefix = 'predictions'

    def __init__(self, path: str, collect_device: str = 'cpu', prefix: str | None = None):
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
            row = int(sample['gt_label']), predicted_class(sample)
            if 'sample_idx' in sample:
                row += (int(sample['sample_idx']),)
            # One element per sample: so MMEngine drops the padding of ranks.
            self.results.append(row)

    def compute_metrics(self, results: list[tuple]) -> dict:
        """Write the samples of all ranks.

        Returns:
            dict: empty.
        """
        width = min(map(len, results), default=2)
        write_csv(
            self.path, ('label', 'predicted', 'index')[:width], (row[:width] for row in results)
        )
        return {}


def predicted_class(sample: dict) -> int:
    """Return the class of the highest ``pred_score``, or else ``pred_label``."""
    return int(sample['pred_score'].argmax() if 'pred_score' in sample else sample['pred_label'])


def read_predictions(path: str) -> tuple[np.ndarray, np.ndarray]:
    """Read what ``PredictionCSV`` wrote.

    Args:
        path (str): the file.

    Returns:
        tuple[np.ndarray, np.ndarray]: true and predicted classes, (N,) int64.

    Raises:
        FileNotFoundError: if it is missing.
        ValueError: if it is no text, a line lacks one of the two classes, or
            there is none.
    """
    if not osp.isfile(path):
        raise FileNotFoundError(f"'{path}' does not exist; test again with PredictionCSV.")
    text = read_text(path, 'what PredictionCSV wrote')
    rows = csv.DictReader(io.StringIO(text))
    pairs = []
    try:
        for row in rows:
            words = row.get('label'), row.get('predicted')
            if not all(word and _CLASS.fullmatch(word) for word in words):
                raise csv.Error(f'the classes are {words}')
            if None in row or any('\n' in (field or '') for field in row.values()):
                raise csv.Error('a quotation mark or a comma too many')
            pairs.append(words)
    except csv.Error as error:
        raise ValueError(
            f"{path}, line {rows.line_num}: no integer 'label' and 'predicted' ({error}); test "
            'again with PredictionCSV.'
        ) from error
    if not pairs:
        raise ValueError(f'{path} has no sample; test again with PredictionCSV.')
    labels, predicted = np.array(pairs, dtype=np.int64).T
    return labels, predicted


def read_sample_indices(path: str) -> np.ndarray | None:
    """Read which samples of the data set the lines of ``PredictionCSV`` are.

    Args:
        path (str): the file, which ``read_predictions`` can read.

    Returns:
        np.ndarray | None: (N,) int64; None where the file has no such column.

    Raises:
        ValueError: if an index is no integer, or stands twice.
    """
    rows = list(csv.DictReader(io.StringIO(read_text(path, 'what PredictionCSV wrote'))))
    if not rows or 'index' not in rows[0]:
        return None
    words = [row['index'] for row in rows]
    if not all(word and _CLASS.fullmatch(word) for word in words) or len(set(words)) < len(words):
        raise ValueError(
            f"{path}: the column 'index' must hold a whole number per line, each once; test again "
            'with PredictionCSV.'
        )
    return np.array(words, dtype=np.int64)
