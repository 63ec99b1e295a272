"""Which runs a comparison does, skips, refuses and survives."""

import json
import re
import runpy
import shutil
import sys
from pathlib import Path

import pytest
from comparison_runs import FakeRuns, write_configs
from held_folders import held
from mmengine.config import Config
from repo import REPO

from vlltr_mm.apis.comparison import collect_comparison, row_names, run_comparison
from vlltr_mm.apis.comparison import run as comparison
from vlltr_mm.apis.comparison.protocol import read_protocol

TOOL = REPO / 'tools/analysis_tools/compare.py'
NAMES = ('first', 'second', 'plain', 'free')


@pytest.fixture
def fake(tmp_path, monkeypatch):
    """Configs in tmp_path, and fakes for training and testing."""
    runs = FakeRuns(monkeypatch)
    runs.paths = write_configs(tmp_path)
    runs.root = str(tmp_path / 'runs')
    runs.rows = row_names([runs.paths[name] for name in NAMES])
    (tmp_path / 'clip').mkdir()
    (tmp_path / 'clip/epoch_100.pth').touch()
    return runs


def edit(path, old, new):
    text = Path(path).read_text()
    assert old in text
    Path(path).write_text(text.replace(old, new))


def rows(fake, *names):
    return row_names([fake.paths[name] for name in names])


def test_every_row_and_seed_runs_once(fake):
    result = run_comparison(fake.rows, [0, 1], fake.root)
    assert not result.failures and not result.missing
    assert list(result.runs) == ['First', 'second', 'plain', 'free']
    stems = ['stage1', 'first', 'second', 'plain']  # one stage 1 per seed
    assert fake.trained == [
        (stem, f'{fake.root}/seed{seed}/{stem}') for seed in (0, 1) for stem in stems
    ]
    assert {options.resume for options in fake.options} == {'auto'}
    seeds = [o.cfg_options['randomness.seed'] for o in fake.options]
    assert seeds == [0] * 4 + [1] * 4
    assert fake.checkpoints[3] is None  # nothing of 'free' is trained
    assert fake.checkpoints[0] == f'{fake.root}/seed0/first/epoch_3.pth'
    epochs = {name: runs[0].epochs for name, runs in result.runs.items()}
    assert epochs == dict(First=10, second=11, plain=5, free=0)
    assert [r.seed for r in result.runs['plain']] == [0, 1]


def test_seeds_that_another_comparison_runs_are_refused(fake):
    with held(Path(fake.root) / 'seed1') as other:
        with pytest.raises(ValueError, match=f"seed1' is in use: process {other.pid} on"):
            run_comparison(fake.rows, [0, 1], fake.root)
        assert not fake.trained
        assert not run_comparison(fake.rows, [0], fake.root).failures  # another's seeds are no harm
        assert not collect_comparison(fake.rows, [0], fake.root).missing


def test_record_on_disk(fake):
    run_comparison(rows(fake, 'first'), [3], fake.root)
    folder = Path(fake.root, 'seed3/first')
    record = json.loads((folder / 'metrics.json').read_text())
    assert record['row'] == 'First' and record['seed'] == 3
    assert record['epochs'] == 10 and len(record['config_digest']) == 64
    assert record['protocol']['thresholds'] == [5, 20]
    assert record['protocol']['rule'] == 'field'
    assert record['protocol']['class_counts'] == [24, 12, 6, 3]
    assert record['protocol']['num_images'] == 12
    assert record['accuracy']['top1'] == record['metrics']['accuracy/top1']
    assert (folder / 'predictions.csv').is_file()
    resolved = json.loads((folder / 'resolved_config.json').read_text())
    assert resolved['digest'] == record['config_digest']


def test_done_runs_are_skipped_and_equal(fake):
    first = run_comparison(fake.rows, [0, 1], fake.root)
    trained, tested = len(fake.trained), len(fake.checkpoints)
    again = run_comparison(fake.rows, [0, 1, 2], fake.root)
    assert len(fake.trained) == trained + 4
    assert len(fake.checkpoints) == tested + 4
    for name, runs in first.runs.items():
        assert [r.accuracy for r in again.runs[name][:2]] == [r.accuracy for r in runs]


def test_a_failing_row_does_not_lose_the_others(fake, monkeypatch):
    log = []
    monkeypatch.setattr(comparison, 'print_log', lambda text, *_: log.append(text))
    fake.failing = {'first'}
    result = run_comparison(fake.rows, [0, 1], fake.root)
    assert list(result.runs) == ['second', 'plain', 'free']
    assert [(f.name, f.seed, f.message) for f in result.failures] == [
        ('First', 0, 'first exploded'),
        ('First', 1, 'first exploded'),
    ]
    assert len(log) == 2 and log[0].startswith('First, seed 0:\nTraceback')
    assert 'RuntimeError: first exploded' in log[0]
    fake.failing = set()
    fake.trained.clear()
    result = run_comparison(fake.rows, [0, 1], fake.root)
    assert not result.failures and len(result.runs) == 4
    assert [stem for stem, _ in fake.trained] == ['first', 'first']


def test_a_failing_shared_stage_is_tried_once(fake):
    fake.failing = {'stage1'}
    result = run_comparison(fake.rows, [0], fake.root)
    assert list(result.runs) == ['plain', 'free']
    assert [stem for stem, _ in fake.trained] == ['stage1', 'plain']
    assert result.failures[1].message == (
        f'{fake.root}/seed0/stage1, which it builds on, failed: stage1 exploded'
    )


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


def test_collect_runs_nothing_and_lists_what_is_missing(fake):
    run_comparison(rows(fake, 'plain'), [0, 1], fake.root)
    fake.trained.clear()
    result = collect_comparison(rows(fake, 'plain', 'free'), [0, 1], fake.root)
    assert not fake.trained and not result.failures
    assert [(m.name, m.seed) for m in result.missing] == [('free', 0), ('free', 1)]
    assert result.missing[0].message == f'not finished in {fake.root}/seed0/free'
    assert [r.seed for r in result.runs['plain']] == [0, 1]
    edit(fake.paths['plain'], 'width=8', 'width=16')
    result = collect_comparison(rows(fake, 'plain'), [0], fake.root)
    assert not result.runs and 'is now' in result.failures[0].message


def test_a_moved_comparison_is_still_valid(fake, tmp_path):
    run_comparison(fake.rows, [0], fake.root)
    moved = str(tmp_path / 'elsewhere')
    shutil.move(fake.root, moved)
    result = collect_comparison(fake.rows, [0], moved)
    assert len(result.runs) == 4 and not result.failures


def test_cfg_options_reach_the_named_configs_only(fake):
    options = {'model.depth': 2, 'test_evaluator.rule': 'oltr'}
    result = run_comparison(rows(fake, 'first'), [0], fake.root, options)
    assert not result.failures
    assert 'model.depth' not in fake.options[0].cfg_options  # stage 1
    assert fake.options[1].cfg_options['model.depth'] == 2
    split, written = fake.evaluators[0]
    assert split.rule == 'oltr' and tuple(split.thresholds) == (5, 20)
    assert written.type == 'PredictionCSV'
    result = collect_comparison(rows(fake, 'first'), [0], fake.root)
    assert 'model.depth was 2, is None' in result.failures[0].message


def test_the_terminal_shows_progress_only(fake, capfd):
    run_comparison(rows(fake, 'plain'), [0], fake.root)
    out = capfd.readouterr().out
    assert 'plain, seed 0: top1' in out and '1/1' in out
    assert 'terminal.log' in out and 'mmengine' not in out


def tool(monkeypatch, *args):
    """Run the command in this process; return its exit status."""
    monkeypatch.setattr(sys, 'argv', ['compare.py', *map(str, args)])
    with pytest.raises(SystemExit) as end:
        runpy.run_path(str(TOOL), run_name='__main__')
    return end.value.code


def test_exit_status_and_output_of_the_command(fake, monkeypatch, capfd, tmp_path):
    paths = [fake.paths['plain'], fake.paths['free']]
    out = tmp_path / 'out'
    args = (*paths, '--seeds', 0, 1, '--root', fake.root, '--out', out)
    assert tool(monkeypatch, *args, '--collect') == 0
    assert capfd.readouterr().out.count('Missing: ') == 4
    assert not out.exists()
    assert tool(monkeypatch, *args) == 0
    assert str(out / 'table.md') in capfd.readouterr().out
    edit(fake.paths['plain'], 'width=8', 'width=16')
    assert tool(monkeypatch, *args) == 1  # and the other row is shown
    text = capfd.readouterr().out
    assert 'Failed: plain, seed 1' in text and 'free' in text
    edit(fake.paths['free'], '(5, 20)', '(5, 21)')
    assert tool(monkeypatch, *args, '--root', tmp_path / 'new').startswith(
        'Refused: These runs are not tested alike'
    )
    assert tool(monkeypatch, paths[0], paths[0]).startswith(
        "Refused: The row name 'plain' occurs twice"
    )
    assert tool(monkeypatch, 'none.py').startswith('Refused: ')


def test_the_demo_prints_its_table(fake, monkeypatch, capfd):
    monkeypatch.setattr('dataset_converters.shapes_lt.make_demo_data', str)
    protocol = read_protocol(Config.fromfile(fake.paths['plain']))
    monkeypatch.setattr(comparison, 'read_protocol', lambda _: protocol)
    monkeypatch.chdir(REPO)
    monkeypatch.setattr(sys, 'argv', ['demo.py', '--root', fake.root])
    with pytest.raises(SystemExit) as end:
        runpy.run_path('tools/demo.py', run_name='__main__')
    assert end.value.code == 0
    table = capfd.readouterr().out.split('Accuracy in percent')[1]
    assert 'CE baseline' in table and 'VL-LTR' in table
