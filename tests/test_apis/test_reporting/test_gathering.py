"""What a report shows of classes and runs, against plain loops over the predictions."""

import json
import math
from pathlib import Path

import numpy as np
import pytest
from comparison_runs import FakeRuns
from tiny_runs import COUNTS

from vlltr_mm.apis.comparison import run_comparison
from vlltr_mm.apis.comparison.records import COLUMNS, read_finished
from vlltr_mm.apis.reporting import ReportOptions, gather
from vlltr_mm.apis.reporting.explaining import choose_images, gallery_classes
from vlltr_mm.apis.reporting.finding import find_runs
from vlltr_mm.apis.reporting.gathering import confused_with, table_entry

SEEDS = (0, 1, 2)


@pytest.fixture(scope='module')
def root(tmp_path_factory):
    """Two rows, three seeds, trained and tested by fakes that write real records."""
    with pytest.MonkeyPatch.context() as patch:
        fake = FakeRuns(tmp_path_factory.mktemp('fake'), patch)
        rows = {name: fake.rows[name] for name in ('First', 'plain')}
        made = run_comparison(rows, SEEDS, fake.root)
    assert not made.failures
    return fake.root


@pytest.fixture
def runs(root):
    return find_runs(root).rows


def predictions(folder):
    """Read the pairs of a run by hand."""
    lines = Path(folder, 'predictions.csv').read_text().split()[1:]
    return [tuple(map(int, line.split(',')[:2])) for line in lines]


def test_table_is_mean_and_deviation_over_seeds(root, runs):
    for entry in gather(root)['table']:
        for place, column in enumerate(COLUMNS):
            values = [
                json.loads(Path(run.folder, 'metrics.json').read_text())['accuracy'][column]
                for run in runs[entry['name']]
            ]
            mean = sum(values) / 3
            deviation = math.sqrt(sum((value - mean) ** 2 for value in values) / 2)
            assert entry['mean'][place] == pytest.approx(mean, abs=0.005)
            assert entry['deviation'][place] == pytest.approx(deviation, abs=0.005)
        assert entry['seeds'] == list(SEEDS) and entry['num_seeds'] == 3


def test_a_single_run_has_no_deviation(runs):
    assert table_entry('plain', runs['plain'][:1])['deviation'] == [None] * 4


def test_class_accuracy_and_confusion(root, runs):
    gathered = gather(root)
    assert gathered['classes']['counts'] == list(COUNTS)
    assert gathered['classes']['tested'] == [3] * 4
    for name, shown in gathered['rows'].items():
        pairs = [predictions(run.folder) for run in runs[name]]
        for label in range(4):
            own = [[p for t, p in run if t == label] for run in pairs]
            accuracy = [100 * sum(p == label for p in run) / len(run) for run in own]
            assert shown['accuracy'][label] == pytest.approx(sum(accuracy) / 3, abs=0.005)
            wrong = [p for run in own for p in run if p != label]
            times = {p: wrong.count(p) for p in wrong}
            expected = sorted(times.items(), key=lambda pair: (-pair[1], pair[0]))[:3]
            assert shown['confused'][label] == [list(pair) for pair in expected]


def test_confusions_are_counted():
    labels = np.array([0, 0, 0, 0, 1, 1, 2, 0, 0])
    predicted = np.array([2, 1, 2, 0, 1, 0, 2, 3, 4])
    found = confused_with(labels, predicted, 5)
    assert found == [[[2, 2], [1, 1], [3, 1]], [[0, 1]], [], [], []]


def test_what_is_not_there_is_left_out_with_a_reason(root):
    left_out = gather(root)['left_out']
    assert 'a config (*.py) with a checkpoint' in left_out['details']
    assert 'epoch_3.pth' in left_out['names']
    assert gather(root)['classes']['names'][3] == 'class 3'


def test_one_run_alone(root):
    gathered = gather(f'{root}/seed1/plain')
    assert [row['name'] for row in gathered['table']] == ['plain']
    assert gathered['explained']['seed'] == 1


@pytest.mark.parametrize(
    'options, message',
    [
        (ReportOptions(row='none'), "no row 'none'; the rows are First, plain"),
        (ReportOptions(row='plain', seed=7), "Row 'plain' has no seed 7; it has 0, 1, 2"),
    ],
)
def test_rows_and_seeds_that_are_not_there(root, options, message):
    with pytest.raises(ValueError, match=message):
        gather(root, options)


def test_folders_without_runs(tmp_path):
    with pytest.raises(FileNotFoundError, match='is no folder; name the work folder of a run'):
        gather(str(tmp_path / 'none'))
    with pytest.raises(FileNotFoundError, match='has no finished run: neither metrics.json'):
        gather(str(tmp_path))
    for name in 'ab':
        (tmp_path / f'{name}.py').touch()
    with pytest.raises(ValueError, match='has several configs, .*a.py, .*b.py; leave one'):
        gather(str(tmp_path))


def test_damaged_records_are_refused(root, tmp_path):
    (tmp_path / 'metrics.json').write_text('{"seed": 0}')
    with pytest.raises(ValueError, match='is no record of a comparison'):
        gather(str(tmp_path))


def test_runs_that_are_tested_otherwise_are_refused(root, tmp_path):
    for seed, thresholds in ((0, [5, 20]), (1, [6, 20])):
        folder = tmp_path / f'seed{seed}' / 'plain'
        folder.mkdir(parents=True)
        stored = json.loads(Path(root, f'seed{seed}/plain/metrics.json').read_text())
        stored['protocol']['thresholds'] = thresholds
        (folder / 'metrics.json').write_text(json.dumps(stored))
        source = Path(root, f'seed{seed}/plain/predictions.csv')
        (folder / 'predictions.csv').write_text(source.read_text())
    with pytest.raises(ValueError, match='not tested alike: thresholds'):
        gather(str(tmp_path))


def test_draws_are_averaged_and_one_is_explained(root, tmp_path):
    """Each draw has training counts of its own."""
    for draw in (0, 1):
        folder = tmp_path / f'draw{draw}' / f'seed{draw}' / 'plain'
        folder.mkdir(parents=True)
        source = Path(root, f'seed{draw}/plain')
        stored = json.loads((source / 'metrics.json').read_text())
        stored['protocol']['class_counts'][0] += draw
        (folder / 'metrics.json').write_text(json.dumps(stored))
        (folder / 'predictions.csv').write_text((source / 'predictions.csv').read_text())
    gathered = gather(str(tmp_path))
    assert gathered['unit'] == 'draws' and gathered['table'][0]['num_seeds'] == 2
    assert gathered['explained']['is_part'] and gathered['explained']['seed'] == 0
    right = [p == t for t, p in predictions(tmp_path / 'draw0/seed0/plain') if t == 0]
    accuracy = gathered['rows']['plain']['accuracy'][0]
    assert accuracy == pytest.approx(100 * sum(right) / len(right), abs=0.005)
    assert gathered['rows']['plain']['deviation'] == [None] * 4


@pytest.mark.parametrize('per_class, most', [(1, 100), (2, 100), (3, 100), (3, 5), (2, 0)])
def test_choice_of_images(root, per_class, most):
    record, _ = read_finished(f'{root}/seed2/first')
    chosen = choose_images(record, per_class, most)
    labels, right = record.labels, record.labels == record.predicted
    order = sorted(range(4), key=lambda c: -COUNTS[c])  # four classes are all at an end
    expected = []
    for turn in range(per_class):
        for label in order:
            for kind in (False, True):
                own = [i for i in range(12) if labels[i] == label and right[i] == kind]
                expected += own[turn : turn + 1]
    assert chosen == expected[:most]
    shown = gallery_classes(record, chosen)
    assert shown == dict(head=sorted({int(labels[i]) for i in chosen}), tail=[])
