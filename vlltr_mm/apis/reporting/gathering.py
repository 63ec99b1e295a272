"""All that a report shows, as JSON values."""

import os.path as osp
import pickle
from collections.abc import Callable
from dataclasses import asdict

import numpy as np
from mmengine.config import Config
from mmengine.registry import init_default_scope
from mmpretrain.registry import MODELS

from ...engine.class_records import record_of_checkpoint, record_of_dataset
from ...engine.data import open_images
from ...evaluation import ClassSplits, mean_and_deviation, smooth_over_counts
from ...models import AnchorHead
from ...utils.checkpoint import load_checkpoint_file
from ...version import __version__
from ..comparison.records import COLUMNS, Comparison
from ..comparison.table import table_rows
from .explaining import explain_classes
from .finding import FoundRun, FoundRuns, ReportOptions, find_runs, read_commit
from .retrieving import find_images_of_text

_CURVE_POINTS = 41
_BANDWIDTH = 0.15  # powers of ten, as in the plots of comparisons
_REASONS = (OSError, ValueError, RuntimeError, pickle.UnpicklingError)
_CONFUSED = 3  # classes named as most confused with


def gather(folder: str, options: ReportOptions | None = None) -> dict:
    """Gather what a report shows.

    Accuracies and confusions come from the records of all runs. Sentences,
    attention and images come from the checkpoint and the test images of one
    run; where these are not there, the report says why and does without.

    Args:
        folder (str): see ``find_runs``.
        options (ReportOptions, optional): Defaults to None, all defaults.

    Returns:
        dict: JSON values. ``table`` has a row for each config, ``classes`` the
        C classes, ``rows`` accuracy and confusion of each class for each row,
        ``explained`` the run that ``details`` (C,) and ``gallery`` are of,
        ``retrieval`` the images of each query, ``left_out`` what is missing
        and why.

    Raises:
        FileNotFoundError: if there is no finished run.
        ValueError: if a record is damaged, or there is no such row or seed.
    """
    options = options or ReportOptions()
    found = find_runs(folder)
    chosen = choose_run(found, options.row, options.seed)
    splits = chosen.record.protocol.splits
    alike = {name: _alike(runs, chosen) for name, runs in found.rows.items()}
    is_part = any(len(alike[name]) < len(runs) for name, runs in found.rows.items())
    explained, left_out = _explain(chosen, options)
    return dict(
        title=osp.basename(osp.abspath(folder)),
        version=__version__,
        columns=list(COLUMNS),
        unit=found.unit,
        protocol=_protocol(chosen),
        table=[table_entry(name, runs) for name, runs in found.rows.items()],
        grid=_grid(splits).tolist(),
        rows={name: row_classes(runs, splits) for name, runs in alike.items() if runs},
        **dict(explained, explained=dict(explained['explained'], is_part=is_part)),
        left_out=left_out,
    )


def _explain(run: FoundRun, options: ReportOptions) -> tuple[dict, dict[str, str]]:
    """Return what is known of a run's classes and images, and why something is left out."""
    left_out: dict[str, str] = {}
    splits = run.record.protocol.splits
    cfg = _or_reason(left_out, 'details', run.load_config)
    names = _or_reason(left_out, 'names', lambda: class_names(run, cfg))
    classes = dict(
        names=names or [f'class {label}' for label in range(len(splits.counts))],
        counts=list(splits.counts),
        splits=splits.names.tolist(),
        tested=np.bincount(run.record.labels, minlength=len(splits.counts)).tolist(),
    )
    details, gallery, seen, retrieval = {}, {}, {}, None
    if cfg is not None:
        made = _or_reason(left_out, 'details', lambda: explain_classes(run, cfg, options))
        if made:
            details, gallery, seen = made
            left_out.update(seen.pop('left_out'))
        retrieval = _or_reason(
            left_out, 'retrieval', lambda: find_images_of_text(run, cfg, options)
        )
    else:
        left_out['retrieval'] = left_out['details']
    explained = dict(
        classes=classes,
        explained=dict(seen, row=run.record.name, seed=run.record.seed),
        details=details,
        gallery=gallery,
        retrieval=retrieval or [],
    )
    return explained, left_out


def _or_reason(left_out: dict[str, str], part: str, make: Callable):
    """Make a part; where its files are not there or do not fit, note why."""
    try:
        return make()
    except _REASONS as error:
        left_out[part] = str(error)
        return None


def choose_run(found: FoundRuns, row: str | None = None, seed: int | None = None) -> FoundRun:
    """Return the run that is explained; see ``ReportOptions``.

    Raises:
        ValueError: if there is no such row, or no such seed in it.
    """
    if row is not None and row not in found.rows:
        raise ValueError(f"There is no row '{row}'; the rows are {', '.join(found.rows)}.")
    if row is None:
        guided = (name for name, runs in found.rows.items() if _is_guided(runs[0]))
        row = next(guided, next(iter(found.rows)))
    runs = {run.record.seed: run for run in found.rows[row]}
    if seed is not None and seed not in runs:
        raise ValueError(f"Row '{row}' has no seed {seed}; it has {', '.join(map(str, runs))}.")
    return runs[min(runs) if seed is None else seed]


def _is_guided(run: FoundRun) -> bool:
    """Whether the head of a run attends to anchor sentences."""
    try:
        cfg = run.load_config()
    except (OSError, ValueError):
        return False
    init_default_scope(cfg.get('default_scope', 'mmpretrain'))
    head = (cfg.model.get('head') or {}).get('type')
    kind = MODELS.get(head) if isinstance(head, str) else head
    return isinstance(kind, type) and issubclass(kind, AnchorHead)


def class_names(run: FoundRun, cfg: Config | None) -> list[str]:
    """Return the names that the checkpoint of a run has for its C classes.

    Raises:
        ValueError: if it names none, or others than C.
    """
    checkpoint = run.checkpoint
    record = checkpoint and record_of_checkpoint(load_checkpoint_file(checkpoint), checkpoint)
    if not record and cfg is not None and cfg.get('test_dataloader'):
        record = _record_of_test_set(cfg)
    if not record:
        raise ValueError(f'{run.folder} has no checkpoint that names the classes.')
    num_classes = len(run.record.protocol.splits.counts)
    if len(record.classes) != num_classes:
        raise ValueError(
            f'{checkpoint} names {len(record.classes)} classes, the record of the run has '
            f'{num_classes}; the files do not belong together.'
        )
    return list(record.classes)


def _record_of_test_set(cfg: Config):
    init_default_scope(cfg.get('default_scope', 'mmpretrain'))
    return record_of_dataset(open_images(cfg.test_dataloader.dataset))


def _alike(runs: list[FoundRun], chosen: FoundRun) -> list[FoundRun]:
    """Return the runs with the same training counts: a draw has its own."""
    return [run for run in runs if run.record.protocol == chosen.record.protocol]


def _protocol(run: FoundRun) -> dict:
    protocol = run.record.protocol
    return dict(
        num_images=protocol.num_images,
        test_set=protocol.test_set,
        thresholds=list(protocol.splits.thresholds),
        rule=protocol.splits.rule,
    )


def table_entry(name: str, runs: list[FoundRun]) -> dict:
    """Return a line of the table, with what its numbers cost and come from."""
    row = table_rows(Comparison(runs={name: [run.record for run in runs]}))[0]
    values = asdict(row)
    for key in ('mean', 'deviation'):
        values[key] = [_number(value) for value in values[key]]
    commits = {}
    for run in runs:
        try:
            commit = run.checkpoint and read_commit(run.checkpoint)
        except _REASONS:
            commit = None
        commits.setdefault(commit, None)
    return dict(
        values,
        seeds=[run.record.seed for run in runs],
        config=runs[0].config,
        digests=list({run.digest: None for run in runs if run.digest}),
        commits=[commit for commit in commits if commit],
        folders=[run.folder for run in runs],
    )


def row_classes(runs: list[FoundRun], splits: ClassSplits) -> dict:
    """Return what a row does with each class, over its runs.

    Args:
        runs (list[FoundRun]): at least one, with the same classes.
        splits (ClassSplits): of the C classes.

    Returns:
        dict: ``accuracy`` and ``deviation`` (C,) in percent, None where there
        are no samples, or no second run; ``confused``, for each class the wrong
        classes that its samples are predicted as most often, with how often in
        all runs together; ``curve``, the accuracy smoothed over the counts.
    """
    by_run = [splits.class_accuracy(run.record.predicted, run.record.labels) for run in runs]
    mean, deviation = mean_and_deviation(by_run)
    curves = [
        smooth_over_counts(values, np.array(splits.counts), _grid(splits), _BANDWIDTH)
        for values in by_run
    ]
    return dict(
        accuracy=_numbers(mean),
        deviation=_numbers(deviation),
        confused=confused_with(
            np.concatenate([run.record.labels for run in runs]),
            np.concatenate([run.record.predicted for run in runs]),
            len(splits.counts),
        ),
        curve=_numbers(np.mean(curves, axis=0)),
    )


def confused_with(labels: np.ndarray, predicted: np.ndarray, num_classes: int) -> list[list]:
    """Return the classes that each class is taken for, the most frequent first.

    Args:
        labels (np.ndarray): (N,) true classes.
        predicted (np.ndarray): (N,) predicted classes.
        num_classes (int): C.

    Returns:
        list[list]: for each class up to three [class, times], the lower class
        first where they are as frequent.
    """
    wrong = labels != predicted
    pairs, times = np.unique(labels[wrong] * num_classes + predicted[wrong], return_counts=True)
    found: list[list] = [[] for _ in range(num_classes)]
    for place in np.argsort(-times, kind='stable'):
        label, other = divmod(int(pairs[place]), num_classes)
        if len(found[label]) < _CONFUSED:
            found[label].append([other, int(times[place])])
    return found


def _grid(splits: ClassSplits) -> np.ndarray:
    """Return the counts at which curves are drawn."""
    seen = np.array([count for count in splits.counts if count > 0])
    return np.geomspace(seen.min(), seen.max(), _CURVE_POINTS) if seen.size else np.empty(0)


def _numbers(values: np.ndarray) -> list[float | None]:
    return [_number(value) for value in values.tolist()]


def _number(value: float) -> float | None:
    """Round for a page; None for nan."""
    return None if value != value else round(value, 2)
