"""Predicted and true class of every sample, in a CSV file."""

import csv
import io
import os.path as osp
import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from mmengine.evaluator import BaseMetric
from mmpretrain.registry import METRICS

from ...utils.files import read_text, write_csv

_CLASS = re.compile('[0-9]{1,9}')
_NUMBER = re.compile(r'[0-9]{1,9}(\.[0-9]{1,20})?(e-[0-9]{1,3})?')
_COLUMNS = ('label', 'predicted', 'index', 'confidence')
_ROUNDING = 0.01  # how far bfloat16 probabilities of many classes may be from a sum of 1


@METRICS.register_module()
class PredictionCSV(BaseMetric):
    """Write a line per sample; no accuracy is computed.

    The columns are ``label``, ``predicted``; where the samples have a
    ``sample_idx``, ``index``; and where their ``pred_score`` is a probability
    of each class, ``confidence``, that of the predicted one.
    ``load_predictions`` reads the file.

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
        """Keep label, predicted class, index and confidence of each sample.

        Args:
            data_batch: unused.
            data_samples (Sequence[dict]): with ``gt_label``, and
                ``pred_score`` (C,) or ``pred_label``; ``sample_idx`` too, or
                not.
        """
        for sample in data_samples:
            index = int(sample['sample_idx']) if 'sample_idx' in sample else None
            label, confidence = int(sample['gt_label']), predicted_confidence(sample)
            # One element per sample: so MMEngine drops the padding of ranks.
            self.results.append((label, predicted_class(sample), index, confidence))

    def compute_metrics(self, results: list[tuple]) -> dict:
        """Write the samples of all ranks, and the columns that all of them have.

        Returns:
            dict: empty.
        """
        kept = [n for n in range(4) if n < 2 or results and all(r[n] is not None for r in results)]
        rows = ((*r[:3], None if r[3] is None else f'{r[3]:.7g}') for r in results)
        write_csv(self.path, [_COLUMNS[n] for n in kept], ([row[n] for n in kept] for row in rows))
        return {}


def predicted_class(sample: dict) -> int:
    """Return the class of the highest ``pred_score``, or else ``pred_label``."""
    return int(sample['pred_score'].argmax() if 'pred_score' in sample else sample['pred_label'])


def predicted_confidence(sample: dict) -> float | None:
    """Return the highest ``pred_score``; None where these are no probabilities."""
    if 'pred_score' not in sample:
        return None
    score = torch.as_tensor(sample['pred_score']).float()
    lowest, highest, total = torch.stack([score.min(), score.max(), score.sum()]).tolist()
    probabilities = lowest >= 0 and abs(total - 1) <= _ROUNDING
    return min(highest, 1.0) if probabilities else None


@dataclass(frozen=True)
class Predictions:
    """What ``PredictionCSV`` wrote, a value per test sample.

    labels, predicted: (N,) int64, true and predicted classes. indices: (N,)
    int64 of the samples in their data set. confidence: (N,) probabilities of
    the predicted classes. The last two are None where the file lacks them.
    """

    labels: np.ndarray
    predicted: np.ndarray
    indices: np.ndarray | None = None
    confidence: np.ndarray | None = None


def load_predictions(path: str) -> Predictions:
    """Read what ``PredictionCSV`` wrote.

    Args:
        path (str): the file.

    Returns:
        Predictions: of all test samples.

    Raises:
        FileNotFoundError: if it is missing.
        ValueError: if it is no text, a line lacks one of the two classes, or
            a value of the other columns is wrong, or there is no line.
    """
    if not osp.isfile(path):
        raise FileNotFoundError(f"'{path}' does not exist; test again with PredictionCSV.")
    text = read_text(path, 'what PredictionCSV wrote')
    rows = csv.DictReader(io.StringIO(text))
    pairs, indices, confidences = [], [], []
    try:
        for row in rows:
            words = row.get('label'), row.get('predicted')
            if not all(word and _CLASS.fullmatch(word) for word in words):
                raise csv.Error(f'the classes are {words}')
            if None in row or any('\n' in (field or '') for field in row.values()):
                raise csv.Error('a quotation mark or a comma too many')
            pairs.append(words)
            indices.append(row.get('index'))
            confidences.append(row.get('confidence'))
    except csv.Error as error:
        raise ValueError(
            f"{path}, line {rows.line_num}: no integer 'label' and 'predicted' ({error}); test "
            'again with PredictionCSV.'
        ) from error
    if not pairs:
        raise ValueError(f'{path} has no sample; test again with PredictionCSV.')
    labels, predicted = np.array(pairs, dtype=np.int64).T
    columns = rows.fieldnames
    return Predictions(
        labels,
        predicted,
        _read_indices(indices, path) if 'index' in columns else None,
        _read_confidence(confidences, path) if 'confidence' in columns else None,
    )


def _read_indices(words: list, path: str) -> np.ndarray:
    if not all(word and _CLASS.fullmatch(word) for word in words):
        raise ValueError(
            f"{path}: the column 'index' must hold a whole number per line; test again with "
            'PredictionCSV.'
        )
    return np.array(words, dtype=np.int64)


def _read_confidence(words: list, path: str) -> np.ndarray:
    for number, word in enumerate(words):
        if not (word and _NUMBER.fullmatch(word) and float(word) <= 1):
            raise ValueError(
                f"{path}: the column 'confidence' has {word!r} in sample {number}; it must hold a "
                'probability per line, in 0 .. 1. Test again with PredictionCSV.'
            )
    return np.array(words, dtype=float)


def read_predictions(path: str) -> tuple[np.ndarray, np.ndarray]:
    """Read the classes that ``PredictionCSV`` wrote.

    Args:
        path (str): the file.

    Returns:
        tuple[np.ndarray, np.ndarray]: true and predicted classes, (N,) int64.

    Raises:
        FileNotFoundError, ValueError: see ``load_predictions``.
    """
    predictions = load_predictions(path)
    return predictions.labels, predictions.predicted


def read_sample_indices(path: str) -> np.ndarray | None:
    """Read which samples of the data set the lines of ``PredictionCSV`` are.

    Args:
        path (str): the file.

    Returns:
        np.ndarray | None: (N,) int64; None where the file has no such column.

    Raises:
        FileNotFoundError, ValueError: see ``load_predictions``; also if an
            index stands twice.
    """
    indices = load_predictions(path).indices
    if indices is not None and len(np.unique(indices)) < len(indices):
        raise ValueError(
            f"{path}: the column 'index' must hold a whole number per line, each once; test again "
            'with PredictionCSV.'
        )
    return indices
