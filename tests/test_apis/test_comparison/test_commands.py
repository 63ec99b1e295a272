"""What the commands that compare print, and how they end."""

import os.path
import runpy
import sys

import pytest
from comparison_runs import edit, rows
from mmengine.config import Config
from repo import REPO

from vlltr_mm.apis.comparison import run as comparison
from vlltr_mm.apis.comparison import run_comparison
from vlltr_mm.apis.comparison.protocol import read_protocol

TOOL = REPO / 'tools/analysis_tools/compare.py'


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
    wrong = (*args, '--reference', 'plan')
    assert tool(monkeypatch, *wrong) == "Refused: There is no row 'plan'; the rows are plain, free."
    assert not fake.trained
    assert tool(monkeypatch, *args, '--reference', 'free') == 0
    text = capfd.readouterr().out
    assert 'Difference to free, percentage points' in text
    # The stand-in writes what earlier versions did.
    assert "No ECE of any row: a predictions.csv has no column 'confidence'" in text
    for name in ('table.md', 'more.csv', 'differences.csv'):
        assert str(out / name) in text
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


def test_the_demo_prints_its_table_what_to_read_and_its_plots(fake, monkeypatch, capfd):
    made = []
    monkeypatch.setattr(
        'dataset_converters.shapes_lt.make_demo_data',
        lambda root, names: made.append((root, names)),
    )
    protocol = read_protocol(Config.fromfile(fake.paths['plain']))
    monkeypatch.setattr(comparison, 'read_protocol', lambda _: protocol)
    monkeypatch.chdir(REPO)
    monkeypatch.setattr(sys, 'argv', ['demo.py', '--root', fake.root])
    with pytest.raises(SystemExit) as end:
        runpy.run_path('tools/demo.py', run_name='__main__')
    assert end.value.code == 0
    assert made == [('data', ['shapes_lt'])]
    table, reading = capfd.readouterr().out.split('Accuracy in percent')[1].split('Over all')
    assert all(name in table for name in ('Cross entropy', 'Logit', 'VL-LTR', 'Additive + LA'))
    assert ' leads with ' in reading
    plots = [line for line in reading.splitlines() if line.endswith('.png')]
    assert len(plots) == 3 and all(map(os.path.isfile, plots))
