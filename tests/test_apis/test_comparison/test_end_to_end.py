"""The command on real runs: two rows, two seeds, cut off and gone on with."""

import json

import pytest
from forked import kill_tool, run_tool
from repo import REPO
from tiny_runs import write_tiny_runs

from vlltr_mm.apis.comparison import collect_comparison, row_names
from vlltr_mm.evaluation import ClassSplitAccuracy

TOOL = REPO / 'tools/analysis_tools/compare.py'
SECOND = """
_base_ = 'stage2.py'
row_name = 'Language only'
model = dict(head=dict(visual_weight=0.0))
"""


def stamps(root):
    """When each checkpoint and record was written."""
    return {
        path: path.stat().st_mtime_ns
        for pattern in ('seed*/*/*.pth', 'seed*/*/metrics.json')
        for path in root.glob(pattern)
    }


def epochs_of(folder):
    """The epochs that each start of a run trained."""
    logs = sorted(folder.glob('*/vis_data/scalars.json'))
    rows = [[json.loads(line) for line in log.read_text().splitlines()] for log in logs]
    return [sorted({row['epoch'] for row in log if 'loss' in row}) for log in rows]


@pytest.mark.slow
def test_compare_from_the_command_line(tmp_path):
    _, stage2 = write_tiny_runs(tmp_path)
    second = tmp_path / 'second.py'
    second.write_text(SECOND)
    root = tmp_path / 'compare'
    options = ('--cfg-options', 'test_evaluator.thresholds=(5,20)')
    args = (TOOL, stage2, second, '--seeds', 0, 1, '--root', root, *options)

    # Cut off in the last run but one, with its second epoch trained but not stored.
    kill_tool('rename .*/seed1/stage2/epoch_2.pth$', *args)
    before = stamps(root)
    assert not (root / 'seed1/stage2/epoch_2.pth').is_file()

    collect = run_tool(*args, '--collect')
    assert collect.returncode == 0
    out = collect.stdout
    assert out.count('Missing: ') == 2 and 'Language only' in out
    assert stamps(root) == before

    done = run_tool(*args)
    assert done.returncode == 0
    out = done.stdout
    assert '4/4' in out and 'Language only, seed 1: top1' in out
    assert 'Epoch(train)' not in out
    assert 'Epoch(train)' in (root / 'terminal.log').read_text()
    after = stamps(root)
    assert {path for path in before if after.get(path) != before[path]} == {
        root / 'seed1/stage2/epoch_1.pth'
    }  # replaced by that of epoch 2, and nothing was done twice
    assert epochs_of(root / 'seed1/stage2')[:2] == [[1, 2], [2]]
    assert not (tmp_path / 'runs').exists()  # stage 1 ran in the seeds' folder
    assert (root / 'seed1/stage1/epoch_2.pth').is_file()

    for name in (
        'table.md',
        'table.csv',
        'more.csv',
        'differences.csv',
        'split_accuracy.png',
        'accuracy_over_counts.png',
        'split_confusion.png',
    ):
        assert (root / name).is_file(), name
    table = (root / 'table.md').read_text()
    assert '| Language only |' in table and '| 2 | 4 |' in table
    assert 'Difference to stage2' in table and 'No ECE' not in table

    # The predictions on disk give the accuracies in the records.
    options = {'test_evaluator.thresholds': (5, 20)}
    result = collect_comparison(row_names([stage2, str(second)]), [0, 1], str(root), options)
    for run in (*result.runs['stage2'], *result.runs['Language only']):
        assert run.accuracy == pytest.approx(
            ClassSplitAccuracy.calculate(
                run.predicted, run.labels, run.protocol.splits.counts, (5, 20)
            )
        )
        assert run.confidence.min() > 0 and run.protocol.image_order
