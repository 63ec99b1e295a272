"""The table, the plots and the numbers beside them."""

import csv
import io
import math
import statistics

import numpy as np
import pytest
from rich.console import Console

from vlltr_mm.apis.comparison import print_comparison, write_comparison
from vlltr_mm.apis.comparison.protocol import Protocol
from vlltr_mm.apis.comparison.records import COLUMNS, Comparison, RunRecord, Trouble
from vlltr_mm.apis.comparison.table import TableRow, markdown_table, table_rows
from vlltr_mm.evaluation import ClassSplits

COUNTS = (200, 50, 5, 0)
PROTOCOL = Protocol('d' * 64, 8, ClassSplits(COUNTS), 'accuracy')
LABELS = np.array([0, 0, 1, 1, 2, 2, 2, 2])


def record(name, seed, predicted, top1=50.0, few=math.nan, epochs=9, seconds=None):
    accuracy = dict(top1=top1, many=60.0 + seed, medium=70.0, few=few)
    return RunRecord(name, seed, accuracy, epochs, PROTOCOL, LABELS, np.array(predicted), seconds)


@pytest.fixture
def two_rows():
    return Comparison(
        runs={
            'A [x]': [
                record('A [x]', 0, [0, 0, 1, 1, 2, 2, 2, 0], 50.0, seconds=7.0),
                record('A [x]', 1, [0, 1, 1, 1, 2, 2, 1, 0], 53.0, seconds=8.0),
            ],
            'B|y': [record('B|y', 0, [0, 0, 0, 0, 0, 0, 0, 0], 51.54, epochs=None)],
        }
    )


def test_rows_of_the_table(two_rows):
    first, second = table_rows(two_rows)
    assert first.mean[:2] == (51.5, 60.5)
    assert first.deviation[0] == pytest.approx(statistics.stdev([50, 53]))
    assert (first.num_seeds, first.epochs, first.seconds) == (2, 9, 7.5)
    assert second.seconds is None
    assert math.isnan(second.deviation[0]) and math.isnan(second.mean[3])


def test_markdown(two_rows):
    # 51.54 reads like 51.5, so neither is called the better one.
    assert markdown_table(table_rows(two_rows)) == (
        '| row | top1 | many | medium | few | seeds | epochs | seconds |\n'
        '|---|---:|---:|---:|---:|---:|---:|---:|\n'
        '| A [x] | **51.5 ± 2.1** | **60.5 ± 0.7** | **70.0 ± 0.0** | - | 2 '
        '| 9 | 8 |\n'
        '| B\\|y | **51.5** | 60.0 | **70.0** | - | 1 | - | - |\n'
    )


def test_bold_follows_the_rows_not_their_order():
    rows = [
        TableRow(name, (value,) * 4, (1.0,) * 4, 2, 1)
        for name, value in (('a', 1.0), ('b', 3.0), ('c', 2.0))
    ]
    for order in (rows, rows[::-1]):
        bold = [line for line in markdown_table(order).splitlines() if '**' in line]
        assert len(bold) == 1 and bold[0].startswith('| b |')


def read(path):
    with open(path, newline='', encoding='utf-8') as file:
        return list(csv.DictReader(file))


def test_files_and_their_numbers(two_rows, tmp_path):
    files = write_comparison(two_rows, str(tmp_path / 'out'))
    assert sorted(files) == sorted(str(p) for p in (tmp_path / 'out').iterdir())
    assert len(files) == 10
    table = read(tmp_path / 'out/table.csv')
    assert [row['row'] for row in table] == ['A [x]', 'B|y']
    assert float(table[0]['top1_deviation']) == pytest.approx(2.1213, abs=1e-3)
    assert table[1]['few_mean'] == '' and table[1]['epochs'] == ''
    assert {f'{c}_mean' for c in COLUMNS} <= set(table[0])
    classes = read(tmp_path / 'out/class_accuracy.csv')
    assert [(r['class'], r['train_count'], r['mean']) for r in classes[:4]] == [
        ('0', '200', '75.000000'),
        ('1', '50', '100.000000'),
        ('2', '5', '62.500000'),
        ('3', '0', ''),
    ]
    cells = {
        (r['row'], r['true'], r['predicted']): r['mean']
        for r in read(tmp_path / 'out/split_confusion.csv')
    }
    assert len(cells) == 32  # one class has no training images: a fourth split
    # Seed 0: 3 of 4 stay few and 1 goes to many; seed 1: 2, and 1 to each.
    assert cells['A [x]', 'few', 'few'] == '62.500000'
    assert cells['A [x]', 'few', 'many'] == '25.000000'
    assert cells['B|y', 'few', 'many'] == '100.000000'
    curve = [r for r in read(tmp_path / 'out/accuracy_over_counts.csv') if r['row'] == 'B|y']
    assert float(curve[0]['train_count']) == 5
    assert float(curve[-1]['train_count']) == 200
    assert float(curve[0]['mean']) < 1 < 90 < float(curve[-1]['mean'])


def test_print_shows_table_missing_and_failed(two_rows, tmp_path):
    two_rows.missing = [Trouble('C', 2, 'not finished in [x]')]
    two_rows.failures = [Trouble('D', 0, 'boom [red]')]
    console = Console(record=True, width=100, file=io.StringIO())
    print_comparison(two_rows, console)
    text = console.export_text()
    assert 'A [x]' in text and '51.5 ± 2.1' in text
    assert 'Missing: C, seed 2: not finished in [x]' in text
    assert 'Failed: D, seed 0: boom [red]' in text


def test_nothing_finished(tmp_path):
    assert write_comparison(Comparison(), str(tmp_path / 'out')) == []
    assert not (tmp_path / 'out').exists()
    console = Console(record=True, file=io.StringIO())
    print_comparison(Comparison(), console)
    assert 'No run has finished' in console.export_text()
