"""The tables below that of the accuracies, and what they are computed from."""

import csv
import io
import math
from dataclasses import replace

import numpy as np
import pytest
from rich.console import Console

from vlltr_mm.apis.comparison import print_comparison, write_table
from vlltr_mm.apis.comparison.more import measure_run, more_rows
from vlltr_mm.apis.comparison.protocol import Protocol
from vlltr_mm.apis.comparison.records import Comparison, RunRecord
from vlltr_mm.apis.comparison.sheets import make_sheets
from vlltr_mm.evaluation import ClassSplitAccuracy, ClassSplits, expected_calibration_error

COUNTS = (200, 100, 50, 20, 5)  # 100 and 20 are where the rules differ
LABELS = np.repeat(np.arange(5), 8)


def record(name, seed, counts=COUNTS, rule='field', sure=True):
    """Make a run with random predictions."""
    generator = np.random.default_rng([*name.encode(), seed])
    wrong = generator.uniform(size=len(LABELS)) < 0.4
    predicted = np.where(wrong, generator.integers(0, 5, len(LABELS)), LABELS)
    protocol = Protocol('d' * 64, len(LABELS), ClassSplits(counts, rule=rule), 'accuracy')
    accuracy = ClassSplitAccuracy.calculate(predicted, LABELS, counts, rule=rule)
    confidence = generator.uniform(0.2, 1, len(LABELS)) if sure else None
    return RunRecord(name, seed, accuracy, 9, protocol, LABELS, predicted, None, None, confidence)


def compare(seeds=(0, 1, 2), names=('A', 'B|b', 'C [c]'), **kwargs):
    return Comparison(runs={n: [record(n, seed, **kwargs) for seed in seeds] for n in names})


def printed(comparison, **kwargs):
    console = Console(record=True, width=80, file=io.StringIO())
    print_comparison(comparison, console, **kwargs)
    return console.export_text()


def flat(text):
    return ' '.join(text.split())


@pytest.mark.parametrize('rule', ['field', 'oltr'])
def test_measures_of_a_run(rule):
    run = record('A', 0, rule=rule)
    found = measure_run(run)
    splits, right = run.protocol.splits, run.predicted == LABELS
    assert found['balanced'] == pytest.approx(run.accuracy['top1'])  # 8 images of every class
    assert found['macro_f1'] == splits.macro_f1(run.predicted, LABELS)
    assert found['ece'] == expected_calibration_error(run.confidence, right)
    assert found['ece_equal_mass'] == expected_calibration_error(
        run.confidence, right, equal_mass=True
    )
    recalls = splits.class_accuracy(run.predicted, LABELS)
    assert found['field_many'] == pytest.approx(recalls[0])
    assert found['field_medium'] == pytest.approx(recalls[1:4].mean())
    assert found['field_few'] == pytest.approx(recalls[4])
    assert found['oltr_many'] == pytest.approx(recalls[:2].mean())
    assert found['oltr_medium'] == pytest.approx(recalls[2])
    assert found['oltr_few'] == pytest.approx(recalls[3:].mean())
    for split in ('many', 'medium', 'few'):
        assert found[f'{rule}_{split}'] == pytest.approx(run.accuracy[split])


def test_a_split_without_images_is_nan():
    found = measure_run(record('A', 0, counts=(200, 50, 50, 50, 60)))
    assert math.isnan(found['field_few']) and math.isnan(found['oltr_few'])


def test_rows_are_averaged():
    comparison = compare()
    row = more_rows(comparison)[1]
    values = [measure_run(run)['ece'] for run in comparison.runs['B|b']]
    assert row.mean['ece'] == pytest.approx(np.mean(values))
    assert row.deviation['ece'] == pytest.approx(np.std(values, ddof=1))


def test_sheets_name_rules_rows_and_tests():
    measures, splits, differences = make_sheets(compare(), '**{}**')
    assert measures.columns == ('balanced', 'macro-F1', 'ECE', 'ECE, equal mass')
    assert 'The splits above are by field: many > 100, few < 20.' in measures.note
    assert splits.title == 'Splits by oltr: many ≥ 100, few ≤ 20; in percent, over seeds'
    assert 'the first table is by field: many > 100, few < 20' in splits.note
    assert differences.title == 'Difference to A, percentage points'
    assert [name for name, _ in differences.rows] == ['B|b', 'C [c]']
    assert 'of 3 it cannot be less than 0.25' in differences.note
    by_oltr = make_sheets(compare(rule='oltr'), '{}')
    assert by_oltr[1].title.startswith('Splits by field: many > 100, few < 20')
    single = make_sheets(compare(seeds=[4]), '{}', 'draws', 'B|b')
    assert single[2].title == 'Difference to B|b, percentage points'
    assert "McNemar's exact test" in single[2].note and 'a single run' in single[2].note
    assert single[2].columns[-1] == 'draws'


def test_the_best_is_bold_and_the_lowest_error_is_the_best():
    comparison = compare()
    means = [row.mean for row in more_rows(comparison)]
    measures = make_sheets(comparison, '**{}**')[0]
    for column, (key, best) in enumerate(
        (('balanced', max), ('macro_f1', max), ('ece', min), ('ece_equal_mass', min))
    ):
        values = [round(mean[key], 1) for mean in means]
        for (_, cells), value in zip(measures.rows, values):
            assert cells[column].startswith('**') == (value == best(values))


def test_rules_that_split_alike_need_no_table():
    sheets = make_sheets(compare(counts=(200, 101, 50, 21, 5)), '{}')
    assert len(sheets) == 2
    assert 'by field: many > 100, few < 20, and would be the same by oltr: many ≥ 100' in (
        sheets[0].note
    )
    assert len(make_sheets(compare(names=['A']), '{}')) == 2  # nothing to compare


def test_cells_of_differences():
    comparison = compare(seeds=[0])
    base = comparison.runs['A'][0]
    comparison.runs['B|b'] = [replace(base, predicted=LABELS)]
    sheet = make_sheets(comparison, '{}')[2]
    right = int((base.predicted == LABELS).sum())
    lines = sheet.rows[0][1][0].split('\n')
    assert lines[0] == f'+{100 - 2.5 * right:.1f}' and ' … ' in lines[1]
    assert lines[2] == ('p < 0.001' if right < 30 else f'p = {2.0 ** (right - 39):.2g}')
    comparison.runs['B|b'] = [replace(base, seed=7)]
    assert make_sheets(comparison, '{}')[2].rows[0][1] == ['-'] * 5 + ['0']


def test_the_terminal_shows_all_within_80_columns():
    text = printed(compare(), reference='C [c]')
    assert max(map(len, text.splitlines())) <= 80
    for part in ('macro-F1', 'ECE, equal mass', 'Splits by oltr', 'Difference to C [c]', 'p = '):
        assert part in text
    assert text.count('B|b') == 4 and '…' in text and 'No ECE' not in text
    assert 'over draws' in printed(compare(), unit='draws')


def test_what_cannot_be_told_is_said():
    comparison = compare()
    comparison.runs['A'][1] = record('A', 1, sure=False)
    text = flat(printed(comparison, reference='D'))
    assert "No ECE of A: a predictions.csv has no column 'confidence'" in text
    assert 'Remove the metrics.json beside it and run the comparison again' in text
    assert 'No differences: the row D has no finished run.' in text
    assert 'Difference to' not in text
    assert 'No ECE of any row' in printed(compare(sure=False))
    ece = make_sheets(comparison, '{}')[0].rows
    assert ece[0][1][2:] == ['-', '-'] and '-' not in ece[1][1]


def read(path):
    with open(path, newline='', encoding='utf-8') as file:
        return list(csv.DictReader(file))


def test_files(tmp_path):
    comparison = compare()
    write_table(comparison, str(tmp_path), reference='B|b')
    page = (tmp_path / 'table.md').read_text()
    assert page.startswith('| row | top1 |')
    assert '| row | balanced | macro-F1 | ECE | ECE, equal mass |' in page
    assert '**Difference to B|b, percentage points**' in page and '| B\\|b |' in page
    assert all(
        line.count('|') in (0, 1) or line.startswith('| ') or line.startswith('|---')
        for line in page.splitlines()
    )
    more = read(tmp_path / 'more.csv')
    assert [row['row'] for row in more] == ['A', 'B|b', 'C [c]']
    assert float(more[0]['oltr_few_mean']) == pytest.approx(
        more_rows(comparison)[0].mean['oltr_few'], abs=1e-5
    )
    differences = read(tmp_path / 'differences.csv')
    assert len(differences) == 10
    first = differences[0]
    assert (first['reference'], first['row'], first['metric'], first['seeds']) == (
        'B|b',
        'A',
        'top1',
        '3',
    )
    assert float(first['low']) < float(first['mean']) < float(first['high'])
    assert float(first['p_seeds']) in (0.25, 0.5, 0.75, 1) and first['p_images'] == ''
