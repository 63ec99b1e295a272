"""Which runs a comparison refuses: changed, damaged, tested differently, or another's."""

import json
import re
import shutil
from pathlib import Path

import pytest
from comparison_runs import edit, rows
from held_folders import held

from vlltr_mm.apis.comparison import collect_comparison, run_comparison


def test_seeds_that_another_comparison_runs_are_refused(fake):
    with held(Path(fake.root) / 'seed1') as other:
        with pytest.raises(ValueError, match=f"seed1' is in use: process {other.pid} on"):
            run_comparison(fake.rows, [0, 1], fake.root)
        assert not fake.trained
        assert not run_comparison(fake.rows, [0], fake.root).failures  # another's seeds are no harm
        assert not collect_comparison(fake.rows, [0], fake.root).missing


def test_a_changed_config_is_refused_by_name(fake):
    run_comparison(fake.rows, [0], fake.root)
    edit(fake.paths['plain'], 'width=8', 'width=16')
    fake.trained.clear()
    result = run_comparison(fake.rows, [0], fake.root)
    assert not fake.trained and list(result.runs) == ['First', 'second', 'free']
    message = result.failures[0].message
    assert f'{fake.root}/seed0/plain was made with another' in message
    assert 'model.width was 8, is 16' in message
    assert f'Remove {fake.root}/seed0/plain' in message
    shutil.rmtree(f'{fake.root}/seed0/plain')
    assert not run_comparison(fake.rows, [0], fake.root).failures


@pytest.mark.parametrize('stage', ['stage1', 'clip'])
def test_a_changed_stage_before_is_refused(fake, stage):
    run_comparison(rows(fake, 'first', 'plain'), [0], fake.root)
    edit(fake.paths[stage], 'model = dict(', 'model = dict(other=1, ')
    fake.trained.clear()
    # 'second' was never run, but would build on the old stage 1.
    result = run_comparison(rows(fake, 'first', 'second', 'plain'), [0], fake.root)
    assert list(result.runs) == ['plain'] and not fake.trained
    done, new = result.failures
    assert 'seed0/first was made' in done.message
    assert 'stage_before was' in done.message
    assert 'seed0/stage1 was made' in new.message


def test_a_half_done_run_goes_on_unless_changed(fake):
    fake.failing = {'plain'}
    run_comparison(rows(fake, 'plain'), [0], fake.root)
    Path(fake.root, 'seed0/plain/last_checkpoint').write_text('epoch_1.pth')
    fake.failing = set()
    edit(fake.paths['plain'], 'width=8', 'width=16')
    refused = run_comparison(rows(fake, 'plain'), [0], fake.root)
    assert 'model.width was 8, is 16' in refused.failures[0].message
    edit(fake.paths['plain'], 'width=16', 'width=8')
    result = run_comparison(rows(fake, 'plain'), [0], fake.root)
    assert not result.failures and fake.options[-1].resume == 'auto'


def test_checkpoints_of_unknown_origin_are_refused(fake):
    folder = Path(fake.root, 'seed0/plain')
    folder.mkdir(parents=True)
    (folder / 'last_checkpoint').write_text('epoch_1.pth')
    result = run_comparison(rows(fake, 'plain'), [0], fake.root)
    assert 'no comparison made them' in result.failures[0].message
    (folder / 'metrics.json').write_text('{"accuracy/top1": 1.0}')
    result = run_comparison(rows(fake, 'plain'), [0], fake.root)
    assert 'is no record of a comparison' in result.failures[0].message
    assert not fake.trained


@pytest.mark.parametrize(
    'key, value, message',
    [
        ('accuracy', dict(top1=999), r'accuracy has no .many.'),
        (
            'accuracy',
            dict(top1=999, many=1, medium=1, few=None),
            r'accuracy.top1 is 999; .* 0 .. 10',
        ),
        ('accuracy', dict(top1=True, many=1, medium=1, few=None), r'accuracy.top1 is True'),
        ('accuracy', dict(top1='70', many=1, medium=1, few=None), r"accuracy.top1 is '70'"),
        ('accuracy', [70.0], r'accuracy is \[70.0\]; it must be an object'),
        ('epochs', -5, 'epochs is -5; it must be a whole number in 0'),
        ('epochs', '5', "epochs is '5'"),
        ('seed', -1, 'seed is -1; it must be a whole number of at least 0'),
        ('seed', 7, 'is of seed 7, but lies in the folder of seed 0'),
        ('config_digest', None, 'config_digest is None; it must be some text'),
        ('protocol', None, 'protocol is None; it must be an object of keys'),
    ],
)
def test_a_record_that_no_run_writes_is_refused(fake, key, value, message):
    run_comparison(rows(fake, 'plain'), [0], fake.root)
    file = Path(fake.root, 'seed0/plain/metrics.json')
    file.write_text(json.dumps(dict(json.loads(file.read_text()), **{key: value})))
    result = collect_comparison(rows(fake, 'plain'), [0], fake.root)
    assert not result.runs and re.search(f'metrics.json.*{message}', result.failures[0].message)


def test_a_damaged_resolved_config_is_refused(fake):
    run_comparison(rows(fake, 'plain'), [0], fake.root)
    file = Path(fake.root, 'seed0/plain/resolved_config.json')
    for content, message in (('[1]', 'must be an object'), ('{"digest": 1}', "has no 'config'")):
        file.write_text(content)
        result = collect_comparison(rows(fake, 'plain'), [0], fake.root)
        assert re.search(f'resolved_config.json .*{message}', result.failures[0].message)


def test_predictions_of_other_classes_are_refused(fake):
    run_comparison(rows(fake, 'plain'), [0], fake.root)
    file = Path(fake.root, 'seed0/plain/predictions.csv')
    file.write_text(file.read_text().replace('\n3,3', '\n3,4'))
    result = collect_comparison(rows(fake, 'plain'), [0], fake.root)
    assert 'predictions.csv has class 4, ' in result.failures[0].message


def test_lost_predictions_name_the_remedy(fake):
    run_comparison(rows(fake, 'plain'), [0], fake.root)
    predictions = Path(fake.root, 'seed0/plain/predictions.csv')
    text = predictions.read_text()
    predictions.unlink()
    result = collect_comparison(rows(fake, 'plain'), [0], fake.root)
    assert 'predictions.csv is lost; remove' in result.failures[0].message
    predictions.write_text(text.splitlines()[0] + '\n0,0\n')
    result = collect_comparison(rows(fake, 'plain'), [0], fake.root)
    assert 'has 1 samples' in result.failures[0].message


@pytest.mark.parametrize(
    'old, new, what',
    [
        ('thresholds=(5, 20)', 'thresholds=(5, 21)', r'thresholds is \(5, 20\)'),
        ('thresholds=(5, 20)', "thresholds=(5, 20), rule='oltr'", 'rule is field'),
        (
            'thresholds=(5, 20)',
            'thresholds=(5, 20), class_counts=[1, 2, 3, 4]',
            r'class_counts is \(24, 12, 6, 3\)',
        ),
        ("split='test'", "split='val'", 'test_set is '),
        ("split='test'", "split='test', classes=list('abcd')", 'test_set is '),
    ],
)
def test_rows_tested_differently_are_refused_first(fake, old, new, what):
    edit(fake.paths['plain'], old, new)
    with pytest.raises(ValueError, match=what) as error:
        run_comparison(fake.rows, [0, 1], fake.root)
    assert "in 'First' (seed 0, 1) and 'second'" in str(error.value)
    assert "in 'plain' (seed 0, 1)" in str(error.value)
    assert not fake.trained


def test_data_that_changed_between_runs_is_refused(fake, tmp_path):
    run_comparison(rows(fake, 'plain'), [0], fake.root)
    with open(tmp_path / 'data/ImageNet_LT_test.txt', 'a') as file:
        file.write('test/red_square/new.jpg 0\n')
    with pytest.raises(ValueError, match='num_images is 12 in .*, 13 in'):
        run_comparison(rows(fake, 'plain', 'free'), [0], fake.root)
