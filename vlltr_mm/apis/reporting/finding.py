"""The finished runs of a folder: a comparison's, or one run alone."""

import os.path as osp
import re
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from mmengine.config import Config

from ...evaluation import read_predictions
from ...evaluation.metrics.prediction_csv import read_sample_indices
from ...utils.checkpoint import load_checkpoint_file
from ...utils.files import read_text
from ..comparison.protocol import check_same_protocol, list_evaluators, read_protocol
from ..comparison.records import COLUMNS, METRICS_FILE, PREDICTIONS_FILE, RunRecord, read_finished
from ..running.config import RunOptions, load_config
from ..running.handover import is_training_free
from ..running.stages import test

_COMMIT = re.compile('[0-9a-f]{40}$')


@dataclass(frozen=True)
class ReportOptions:
    """What a report explains, and how much of it.

    row, seed: the run whose images are explained. Default: the first row whose
    head attends to sentences, else the first; its first seed. images: shown of
    a class, right ones and wrong ones each. most_images: of the whole report.
    queries: texts whose images are looked for. text_checkpoint: of the stage
    that trained the text tower; by default the one that the run builds on.
    device: by default a GPU where there is one.
    """

    row: str | None = None
    seed: int | None = None
    images: int = 3
    most_images: int = 600
    queries: Sequence[str] = ()
    text_checkpoint: str | None = None
    device: str | None = None


@dataclass(frozen=True)
class FoundRun:
    """A finished run on the disk.

    indices: (N,) of the test samples in their data set; where the predictions
    do not name them, they are in its order. config, digest: as its record has
    them; None without one.
    """

    record: RunRecord
    folder: str
    indices: np.ndarray
    config: str | None = None
    digest: str | None = None

    def load_config(self) -> Config:
        """Read the config that made the run; see ``kept_config``."""
        return load_config(kept_config(self.folder))

    @property
    def checkpoint(self) -> str | None:
        """The run's last checkpoint; None where nothing was trained."""
        return find_checkpoint(self.folder)


@dataclass(frozen=True)
class FoundRuns:
    """What a folder holds.

    rows: row name → its runs, at least one. unit: 'seeds' or 'draws', over
    which the rows are averaged.
    """

    rows: dict[str, list[FoundRun]]
    unit: str = 'seeds'


def find_runs(folder: str) -> FoundRuns:
    """Find the finished runs in a folder.

    Args:
        folder (str): a comparison's root, also one of stored features; or the
            work folder of one run. A run without the record that comparisons
            keep is tested, which takes as long as ``tools/test.py``.

    Raises:
        FileNotFoundError: if there is no such folder, or no finished run.
        ValueError: if a record is damaged, or runs are not tested alike.
    """
    if not osp.isdir(folder):
        raise FileNotFoundError(
            f"'{folder}' is no folder; name the work folder of a run, or a comparison's root."
        )
    if osp.isfile(osp.join(folder, METRICS_FILE)):
        return _by_row([_read_run(folder)])
    for pattern, unit in (('seed*', 'seeds'), ('draw*/seed*', 'draws')):
        records = Path(folder).glob(f'{pattern}/*/{METRICS_FILE}')
        runs = [_read_run(str(path.parent)) for path in sorted(records, key=_natural)]
        if runs:
            if unit == 'seeds':
                tested = [(r.record.name, r.record.seed, r.record.protocol) for r in runs]
                check_same_protocol(tested)
            return _by_row(runs, unit)
    return _by_row([_test_run(folder)])


def _natural(path: Path) -> list:
    """Sort 'seed10' behind 'seed9'."""
    return [(int(part), '') if part.isdigit() else (-1, part) for part in _parts(path)]


def _parts(path: Path) -> list[str]:
    return re.split(r'(\d+)', str(path))


def _by_row(runs: list[FoundRun], unit: str = 'seeds') -> FoundRuns:
    rows: dict[str, list[FoundRun]] = {}
    for run in runs:
        rows.setdefault(run.record.name, []).append(run)
    return FoundRuns(rows, unit)


def _read_run(folder: str) -> FoundRun:
    """Read a run that a comparison made."""
    record, stored = read_finished(folder)
    indices = _read_indices(osp.join(folder, PREDICTIONS_FILE), record.labels)
    return FoundRun(record, folder, indices, stored.get('config'), stored['config_digest'])


def _read_indices(path: str, labels: np.ndarray) -> np.ndarray:
    """Read which samples the lines of a file of predictions are."""
    indices = read_sample_indices(path)
    return np.arange(len(labels)) if indices is None else indices


def _test_run(folder: str) -> FoundRun:
    """Test the last checkpoint of a run, and keep nothing in its folder."""
    path = kept_config(folder)
    cfg = load_config(path)
    checkpoint = find_checkpoint(folder)
    if checkpoint is None and not is_training_free(cfg):
        raise FileNotFoundError(
            f"'{folder}' has neither {METRICS_FILE} nor a checkpoint; name a finished run's work "
            "folder, or a comparison's root."
        )
    protocol = read_protocol(cfg)
    with tempfile.TemporaryDirectory() as scratch:
        predictions = osp.join(scratch, PREDICTIONS_FILE)
        evaluators = [*list_evaluators(cfg), dict(type='PredictionCSV', path=predictions)]
        # MMEngine names a run by the second, and one that has ended would be taken up again.
        own = dict(test_evaluator=evaluators, experiment_name=osp.basename(scratch))
        options = RunOptions(work_dir=scratch, cfg_options=own)
        metrics = test(path, checkpoint, options)
        labels, predicted = read_predictions(predictions)
        indices = _read_indices(predictions, labels)
    record = RunRecord(
        cfg.get('row_name', Path(path).stem),
        (cfg.get('randomness') or {}).get('seed') or 0,
        {column: metrics[f'{protocol.prefix}/{column}'] for column in COLUMNS},
        0 if is_training_free(cfg) else cfg.train_cfg.get('max_epochs'),
        protocol,
        labels,
        predicted,
    )
    return FoundRun(record, folder, indices)


def find_checkpoint(folder: str) -> str | None:
    """Return the last checkpoint of a run, also after its folder was moved.

    Args:
        folder (str): of the run.

    Returns:
        str | None: None where the folder has no ``last_checkpoint``, which
        MMEngine writes.

    Raises:
        FileNotFoundError: if the checkpoint is lost.
    """
    note = osp.join(folder, 'last_checkpoint')
    if not osp.isfile(note):
        return None
    named = read_text(note, 'the name of the last checkpoint').strip()
    beside = osp.join(folder, osp.basename(named))
    for path in (beside, named):
        if osp.isfile(path):
            return path
    raise FileNotFoundError(f"{note} names '{named}', which is lost; put it back.")


def kept_config(folder: str) -> str:
    """Return the config file in a run's folder, which MMEngine writes.

    Raises:
        FileNotFoundError: if there is none.
        ValueError: if there are several, and none has the folder's name.
    """
    found = sorted(str(path) for path in Path(folder).glob('*.py'))
    named = [path for path in found if Path(path).stem == osp.basename(osp.abspath(folder))]
    if len(found) == 1 or named:
        return (named or found)[0]
    if found:
        raise ValueError(f"'{folder}' has several configs, {', '.join(found)}; leave one there.")
    raise FileNotFoundError(
        f"'{folder}' has no finished run: neither {METRICS_FILE}, nor seed*/*/{METRICS_FILE}, nor "
        "a config (*.py) with a checkpoint; name a run's work folder, or a comparison's root."
    )


def read_commit(checkpoint: str) -> str | None:
    """Return the commit of the working folder that a checkpoint was trained in.

    MMEngine writes it behind its own version; None where the folder was no
    git repository.
    """
    meta = load_checkpoint_file(checkpoint).get('meta')
    found = _COMMIT.search(str((meta or {}).get('mmengine_version', '')))
    return found and found[0]
