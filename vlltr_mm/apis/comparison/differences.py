"""Is one row better than another by more than chance?"""

import math
from collections.abc import Collection
from dataclasses import dataclass
from statistics import NormalDist

import numpy as np

from ...evaluation import mcnemar_test, mean_and_deviation, sign_flip_test
from ...evaluation.functional.class_splits import SPLITS
from ...evaluation.functional.paired_tests import image_weights, stratified_error
from .records import Comparison, RunRecord

COMPARED = ('top1', 'balanced', *SPLITS)
_QUANTILE = NormalDist().inv_cdf(0.975)  # of a 95 % interval


@dataclass(frozen=True)
class Difference:
    """How much higher an accuracy of a row is than that of the reference row.

    mean, deviation: over the seeds that both have, percentage points; the
    deviation is nan for one seed. low, high: the 95 % interval over test
    images of this mean. p_seeds: of the sign-flip test over seeds. p_images:
    of McNemar's test, for ``top1`` of one seed. nan where there is none.
    """

    row: str
    metric: str
    seeds: int
    mean: float
    deviation: float
    low: float
    high: float
    p_seeds: float
    p_images: float


def check_reference(reference: str | None, rows: Collection[str]):
    """Check that there is the row that others are compared with.

    Args:
        reference (str, optional): its name; None stands for the first.
        rows (Collection[str]): the names of all rows.

    Raises:
        ValueError: if there is no such row.
    """
    if reference is not None and reference not in rows:
        raise ValueError(f"There is no row '{reference}'; the rows are {', '.join(rows)}.")


def find_differences(comparison: Comparison, reference: str | None = None) -> list[Difference]:
    """Compare every row with the reference row, seed by seed, on the same images.

    Args:
        comparison (Comparison): what was run or found.
        reference (str, optional): the row's name. Defaults to None, the first.

    Returns:
        list[Difference]: ``COMPARED`` of each other row, in the order of the
        rows; nothing where the reference row has no finished run.
    """
    reference = reference or next(iter(comparison.runs), None)
    base = {run.seed: run for run in comparison.runs.get(reference, ())}
    found = []
    for name, runs in comparison.runs.items():
        if base and name != reference:
            pairs = [(run, base[run.seed]) for run in runs if run.seed in base]
            found += [_compare(name, metric, pairs) for metric in COMPARED]
    return found


def _compare(name: str, metric: str, pairs: list[tuple[RunRecord, RunRecord]]) -> Difference:
    """Compare one accuracy of two rows; pairs: a run of each, of the same seed."""
    if not pairs:
        return Difference(name, metric, 0, *[math.nan] * 6)
    steps = np.array([_value(first, metric) - _value(second, metric) for first, second in pairs])
    mean, deviation = map(float, mean_and_deviation(steps))
    half = p_images = math.nan
    if _same_images(pairs):
        half = _QUANTILE * _error(pairs, metric)
        if len(pairs) == 1 and metric == 'top1':
            p_images = mcnemar_test(*(run.predicted == run.labels for run in pairs[0]))
    p_seeds = sign_flip_test(steps) if len(pairs) > 1 else math.nan
    return Difference(
        name, metric, len(pairs), mean, deviation, mean - half, mean + half, p_seeds, p_images
    )


def _value(run: RunRecord, metric: str) -> float:
    """Return an accuracy of a run, percent."""
    weights = image_weights(run.labels, run.protocol.splits)[metric]
    return float(weights @ (run.predicted == run.labels))


def _error(pairs: list[tuple[RunRecord, RunRecord]], metric: str) -> float:
    """Return the standard error over images of a mean difference; nan where nothing varies."""
    labels = pairs[0][0].labels
    values = np.zeros(len(labels))  # (N,) what each image adds to the mean difference
    for pair in pairs:
        first, second = ((run.predicted == run.labels).astype(float) for run in pair)
        weights = image_weights(labels, pair[0].protocol.splits)[metric]
        values += (first - second) * weights / len(pairs)
    error = stratified_error(values, None if metric == 'top1' else labels)
    return error if error > 1e-9 else math.nan  # but for rounding


def _same_images(pairs: list[tuple[RunRecord, RunRecord]]) -> bool:
    """Whether line n of all predictions is the same image, as far as the records tell."""
    runs = [run for pair in pairs for run in pair]
    columns = (
        [run.protocol.test_set for run in runs],
        [run.protocol.image_order for run in runs if run.protocol.image_order],
        [run.labels for run in runs],
        [run.indices for run in runs if run.indices is not None],
    )
    return all(np.array_equal(value, column[0]) for column in columns for value in column[1:])
