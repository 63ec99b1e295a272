"""The record that a comparison keeps of every run."""

import math
import os.path as osp
from dataclasses import dataclass, field

import numpy as np

from ...evaluation import Predictions, load_predictions
from ...evaluation.functional.class_splits import SPLITS
from ...utils.files import read_json, write_json
from ...utils.validation import check_int, check_mapping, check_number, check_text
from .plan import Stage, check_unchanged
from .protocol import Protocol

COLUMNS = ('top1', *SPLITS)
METRICS_FILE = 'metrics.json'
PREDICTIONS_FILE = 'predictions.csv'
_FIELDS = ('config_digest', 'seed', 'epochs', 'protocol', 'accuracy')


@dataclass(frozen=True)
class RunRecord:
    """A finished run.

    accuracy: of ``COLUMNS``, percent. epochs: of all stages, None where one
    does not count in epochs. labels, predicted: (N,) of the test samples.
    seconds: of training and test, of a resumed run the last part; None where
    they are not known. indices, confidence: (N,) of the test samples, as in
    ``Predictions``; None where the file lacks them.
    """

    name: str
    seed: int
    accuracy: dict[str, float]
    epochs: int | None
    protocol: Protocol
    labels: np.ndarray
    predicted: np.ndarray
    seconds: float | None = None
    indices: np.ndarray | None = None
    confidence: np.ndarray | None = None


@dataclass(frozen=True)
class Trouble:
    """A run without a result, and why."""

    name: str
    seed: int
    message: str


@dataclass
class Comparison:
    """What was run or found.

    runs: row name → finished runs; rows without any are left out. failures:
    what went wrong. missing: what has not been run yet.
    """

    runs: dict[str, list[RunRecord]] = field(default_factory=dict)
    failures: list[Trouble] = field(default_factory=list)
    missing: list[Trouble] = field(default_factory=list)


def total_epochs(stages: list[Stage]) -> int | None:
    """Add up the epochs of all stages, without starting points.

    Args:
        stages (list[Stage]): of one row.

    Returns:
        int, optional: None if a stage does not count in epochs.
    """
    epochs = [stage.epochs for stage in stages]
    return None if None in epochs else sum(epochs)


def write_record(
    name: str,
    seed: int,
    stages: list[Stage],
    protocol: Protocol,
    metrics: dict[str, float],
    seconds: float | None = None,
):
    """Write the record of a finished run to its folder.

    Args:
        name (str): of the row.
        seed (int): of the run.
        stages (list[Stage]): the run's, the named config last.
        protocol (Protocol): how it was tested.
        metrics (dict[str, float]): what ``test`` returned.
        seconds (float, optional): of training and test. Defaults to None.

    Raises:
        ValueError: if an accuracy is not among the metrics.
    """
    wanted = {column: f'{protocol.prefix}/{column}' for column in COLUMNS}
    lost = [key for key in wanted.values() if key not in metrics]
    if lost:
        raise ValueError(
            f'The test gave {sorted(metrics)}, but not {lost}; correct test_evaluator.'
        )
    stage = stages[-1]
    write_json(
        osp.join(stage.options.work_dir, METRICS_FILE),
        dict(
            row=name,
            config=stage.path,
            config_digest=stage.digest,
            seed=seed,
            epochs=total_epochs(stages),
            seconds=seconds and round(seconds, 1),
            protocol=protocol.to_dict(),
            accuracy={column: metrics[key] for column, key in wanted.items()},
            metrics=metrics,
        ),
    )


def read_record(name: str, seed: int, stages: list[Stage]) -> RunRecord | None:
    """Read a finished run.

    Args:
        name (str): of the row.
        seed (int): of the run.
        stages (list[Stage]): the run's, the named config last.

    Returns:
        RunRecord, optional: None if it has not finished.

    Raises:
        FileNotFoundError: if the predictions are lost.
        ValueError: if it was made with another config, its files disagree, or
            it holds what no run writes.
    """
    stage = stages[-1]
    path = osp.join(stage.options.work_dir, METRICS_FILE)
    if not osp.isfile(path):
        return None
    stored = _read_fields(path)
    check_unchanged(stage, check_text(stored['config_digest'], f'{path}, config_digest'))
    if check_int(stored['seed'], f'{path}, seed') != seed:
        raise ValueError(
            f'{path} is of seed {stored["seed"]}, but lies in the folder of seed {seed}; move it '
            'back, or remove it and run the comparison again.'
        )
    return _make_record(stored, path, name)


def read_finished(folder: str) -> tuple[RunRecord, dict]:
    """Read a finished run by its folder alone, whatever its config is now.

    Args:
        folder (str): of the run.

    Returns:
        tuple[RunRecord, dict]: the record, named as when it was made; and all
        that its file holds.

    Raises:
        FileNotFoundError: if there is no record, or the predictions are lost.
        ValueError: see ``read_record``.
    """
    path = osp.join(folder, METRICS_FILE)
    stored = _read_fields(path)
    check_int(stored['seed'], f'{path}, seed')
    name = check_text(stored.get('row') or osp.basename(osp.abspath(folder)), f'{path}, row')
    return _make_record(stored, path, name), stored


def _read_fields(path: str) -> dict:
    """Read the file of a record."""
    stored = read_json(path, 'the record of a comparison')
    lost = [key for key in _FIELDS if key not in stored]
    if isinstance(stored, list) or lost:
        raise ValueError(
            f'{path} is no record of a comparison ({lost} are missing); remove '
            f'{osp.dirname(path)} to run it again, or name another root.'
        )
    return stored


def _make_record(stored: dict, path: str, name: str) -> RunRecord:
    """Check the fields of a record, and read the predictions beside it."""
    protocol = Protocol.from_dict(stored['protocol'], f'{path}, protocol')
    accuracy = read_accuracy(stored, path)
    epochs = stored['epochs']
    if epochs is not None:
        epochs = check_int(epochs, f'{path}, epochs', 0, 10**9)
    seconds = stored.get('seconds')
    if seconds is not None:
        seconds = check_number(seconds, f'{path}, seconds', 0)
    found = _read_predictions(path, protocol)
    return RunRecord(
        name,
        stored['seed'],
        accuracy,
        epochs,
        protocol,
        found.labels,
        found.predicted,
        seconds,
        found.indices,
        found.confidence,
    )


def _read_predictions(path: str, protocol: Protocol) -> Predictions:
    """Read the predictions (N,) beside the record at ``path``."""
    predictions = osp.join(osp.dirname(path), PREDICTIONS_FILE)
    try:
        found = load_predictions(predictions)
    except FileNotFoundError as error:
        raise FileNotFoundError(
            f'{predictions} is lost; remove {path} and run the comparison '
            'again: it tests without training.'
        ) from error
    labels, predicted = found.labels, found.predicted
    if len(labels) != protocol.num_images:
        raise ValueError(
            f'{predictions} has {len(labels)} samples, {path} says {protocol.num_images}; remove '
            'both and run the comparison again: it tests without training.'
        )
    largest, num_classes = max(labels.max(), predicted.max()), len(protocol.splits.counts)
    if largest >= num_classes:
        raise ValueError(
            f'{predictions} has class {largest}, {path} has {num_classes} classes; remove both '
            'and run the comparison again: it tests without training.'
        )
    return found


def read_accuracy(stored: dict, path: str) -> dict[str, float]:
    """Read the accuracies of a record.

    Args:
        stored (dict): what ``write_record`` wrote.
        path (str): its file, for the messages.

    Returns:
        dict[str, float]: of ``COLUMNS``, percent; nan where there is none.

    Raises:
        ValueError: if one is missing or no percentage.
    """
    where = f'{path}, accuracy'
    values = check_mapping(check_mapping(stored, path, ['accuracy'])['accuracy'], where, COLUMNS)
    return {
        column: math.nan
        if values[column] is None
        else check_number(values[column], f'{where}.{column}', 0, 100)
        for column in COLUMNS
    }
