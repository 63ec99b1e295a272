"""What the saved predictions of a comparison tell beyond its accuracies."""

import math
from dataclasses import dataclass, replace

from ...evaluation import expected_calibration_error, mean_and_deviation
from ...evaluation.functional.class_splits import RULES, SPLITS
from ...evaluation.functional.paired_tests import image_weights
from .records import Comparison, RunRecord

MEASURES = dict(
    balanced='balanced', macro_f1='macro-F1', ece='ECE', ece_equal_mass='ECE, equal mass'
)
LOWER_IS_BETTER = ('ece', 'ece_equal_mass')


@dataclass(frozen=True)
class MoreRow:
    """One row: what ``measure_run`` returns, over the seeds; the deviation is nan for one."""

    name: str
    mean: dict[str, float]
    deviation: dict[str, float]


def measure_run(run: RunRecord) -> dict[str, float]:
    """Compute from the saved predictions of a run what its record does not have.

    Args:
        run (RunRecord): a finished run.

    Returns:
        dict[str, float]: ``MEASURES``; and ``field_many``, ``oltr_many`` and so
        on, the splits by either rule with the thresholds of the run. Percent,
        nan where there is none.
    """
    splits, right = run.protocol.splits, run.predicted == run.labels
    errors = {
        key: math.nan
        if run.confidence is None
        else expected_calibration_error(run.confidence, right, equal_mass=key == 'ece_equal_mass')
        for key in LOWER_IS_BETTER
    }
    values = dict(
        balanced=splits.balanced_accuracy(run.predicted, run.labels),
        macro_f1=splits.macro_f1(run.predicted, run.labels),
        **errors,
    )
    for rule in RULES:
        weights = image_weights(run.labels, replace(splits, rule=rule))
        values.update({f'{rule}_{split}': float(weights[split] @ right) for split in SPLITS})
    return values


def more_rows(comparison: Comparison) -> list[MoreRow]:
    """Average ``measure_run`` over the runs of each row.

    Args:
        comparison (Comparison): what was run or found.

    Returns:
        list[MoreRow]: in the order of the rows.
    """
    rows = []
    for name, runs in comparison.runs.items():
        measured = [measure_run(run) for run in runs]
        mean, deviation = mean_and_deviation([list(values.values()) for values in measured])
        columns = list(measured[0])
        rows.append(
            MoreRow(name, dict(zip(columns, mean.tolist())), dict(zip(columns, deviation.tolist())))
        )
    return rows


def other_rule(comparison: Comparison) -> str:
    """Return the split rule that the table of accuracies does not have.

    Args:
        comparison (Comparison): with at least one run.
    """
    used = next(iter(comparison.runs.values()))[0].protocol.splits.rule
    return next(rule for rule in RULES if rule != used)


def rules_agree(comparison: Comparison) -> bool:
    """Whether both split rules give every class of every run the same split."""
    splits = {run.protocol.splits for runs in comparison.runs.values() for run in runs}
    return all(len({tuple(replace(s, rule=rule).names) for rule in RULES}) == 1 for s in splits)


def without_confidence(comparison: Comparison) -> list[str]:
    """List the rows of which a run has no calibration error."""
    return [
        name
        for name, runs in comparison.runs.items()
        if any(run.confidence is None for run in runs)
    ]
