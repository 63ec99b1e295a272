"""Readers of numbers that a config or a caller gives."""

from fuzz_inputs import damaged_arguments
from fuzz_list_readers import COUNTS, odd_counts, write
from fuzz_trials import Reader

from vlltr_mm.evaluation import ClassSplits
from vlltr_mm.evaluation.functional.tau_sweep import check_taus
from vlltr_mm.utils.class_counts import count_labels, read_class_counts

SPLITS = dict(counts=COUNTS, thresholds=[20, 100], rule='field')


def odd_splits(value, content) -> str | None:
    """Check counts, thresholds and rule of splits."""
    low, high = value.thresholds
    if not all(type(n) in (int, float) and 0 <= n < 2**63 for n in (low, high)) or not low < high:
        return 'odd thresholds'
    if list(value.thresholds) != content['thresholds'] or list(value.counts) != content['counts']:
        return 'not what was given'
    return None if all(type(n) is int and n >= 0 for n in value.counts) else 'odd counts'


def _splits(folder, values):
    return ClassSplits(**values)


ARGUMENT_READERS = [
    Reader(
        'class counts as an argument',
        write({}),
        lambda folder, counts: read_class_counts(counts, 4),
        damaged_arguments(COUNTS).filter(lambda value: not isinstance(value, str)),
        lambda value: value.tolist() == COUNTS,
        odd_counts,
        named=('class_counts',),
        errors=(TypeError,),
        good=COUNTS,
    ),
    Reader(
        'class splits as arguments',
        write({}),
        _splits,
        damaged_arguments(SPLITS).filter(
            lambda value: isinstance(value, dict) and {*value} == {*SPLITS}
        ),
        lambda value: value.names.tolist() == ['many', 'medium', 'unseen', 'few'],
        odd_splits,
        named=('class_counts', 'counts', 'thresholds', 'rule'),
        errors=(TypeError,),
        good=SPLITS,
    ),
    Reader(
        'labels as an argument',
        write({}),
        lambda folder, labels: count_labels(labels, 4),
        damaged_arguments([0, 3, 3, 1]),
        lambda value: value.tolist() == [1, 1, 0, 2],
        lambda value, content: (
            None
            if isinstance(content, list)
            and all(type(n) is int for n in content)
            and value.tolist() == [content.count(n) for n in range(4)]
            else 'not the labels that were given'
        ),
        named=('label',),
        errors=(TypeError,),
        good=[0, 3, 3, 1],
    ),
    Reader(
        'taus as an argument',
        write({}),
        lambda folder, taus: (check_taus(taus), taus)[1],
        damaged_arguments([0, 0.5, 1.0]),
        lambda value: value == [0, 0.5, 1.0],
        lambda value, content: (
            None
            if isinstance(value, list)
            and value
            and all(type(n) in (int, float) and 0 <= n <= 1e300 for n in value)
            else 'odd taus'
        ),
        named=('taus',),
        errors=(TypeError,),
        good=[0, 0.5, 1.0],
    ),
]
