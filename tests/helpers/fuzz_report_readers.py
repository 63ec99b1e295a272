"""Readers of what a report is made of."""

from fuzz_inputs import damaged_json
from fuzz_list_readers import lines_of, odd_text, write
from fuzz_result_readers import PREDICTIONS, RECORD, SENTENCES, WRONG_PREDICTIONS, odd_record
from fuzz_trials import Reader

from vlltr_mm.apis.comparison.records import METRICS_FILE, PREDICTIONS_FILE, read_finished
from vlltr_mm.apis.reporting.selection import SelectionFile
from vlltr_mm.evaluation import read_predictions
from vlltr_mm.evaluation.metrics.prediction_csv import read_sample_indices


def _read_both(folder):
    path = str(folder / 'predictions.csv')
    return read_predictions(path), read_sample_indices(path)


def odd_indices(value, content) -> str | None:
    """Compare the indices with the words of the file, where it has any."""
    predictions, indices = value
    if indices is None:
        return None if 'index' not in lines_of(content)[0].split(',') else 'no indices'
    return None if len({*indices.tolist()}) == len(predictions[0]) else 'odd indices'


def odd_selection(value, content) -> str | None:
    """Check names, sentences and losses."""
    for part in value:
        rows = part['nearest'] + part['farthest']
        if part['dropped'] != len(rows) or any(odd_text(text) for text, _ in rows):
            return 'odd sentences'
        if not all(loss is None or type(loss) in (int, float) for _, loss in rows):
            return 'odd losses'
    return None


REPORT_READERS = [
    Reader(
        'indices of predictions',
        write({'predictions.csv': PREDICTIONS}),
        _read_both,
        WRONG_PREDICTIONS,
        lambda value: value[1].tolist() == [0, 1, 2, 3],
        odd_indices,
        'predictions.csv',
    ),
    Reader(
        'run of a folder',
        write({METRICS_FILE: RECORD, PREDICTIONS_FILE: PREDICTIONS}),
        lambda folder: read_finished(str(folder))[0],
        damaged_json(RECORD),
        lambda value: value.seed == 3 and value.name == 'First',
        odd_record,
        METRICS_FILE,
    ),
    Reader(
        'what a selection dropped',
        write({'anchors.json': SENTENCES}),
        lambda folder: SelectionFile(str(folder / 'anchors.json')).parts([['A bird.']] * 2, 9),
        damaged_json(SENTENCES),
        lambda value: [part['dropped'] for part in value] == [1, 1],
        odd_selection,
        'anchors.json',
    ),
]
