"""Which runs a comparison does, skips and survives."""

import json
import shutil
from pathlib import Path

from comparison_runs import edit, rows

from vlltr_mm.apis.comparison import collect_comparison, run_comparison
from vlltr_mm.apis.comparison import run as comparison


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
