import pytest
from analysis_tools._results import Metafile
from analysis_tools._results.pages import (
    fill_header,
    fill_page,
    printed,
    stale_files,
    write_numbers,
)

MODELS = """Models:
- Name: run
  Config: configs/run.py
  Metadata:
    Paper Results: {Top 1 Accuracy: 70.1, Many: 77.8, Medium: 67.0, Few: 50.8}
  Results:
  - Metrics: {Top 1 Accuracy: 70.24, Many: 78.0, Medium: 66.9, Few: 51.0}
    Deviation: {Top 1 Accuracy: 0.31, Many: 0.1, Medium: 0.2, Few: 1.0}
    Seeds: [0, 1]
    Epochs: 100
    Commit: abc1234
    Command: y.py
- Name: waits
  Config: configs/waits.py
  Metadata:
    Paper Results: {Top 1 Accuracy: 81.0}
"""
PAGE = """Text.

| ours | config |
|---|---|
| left alone | `run.py` |

<!-- results -->
| method | paper: all | many | ours | config |
|---|---:|---:|---|---|
| Others \\| theirs | 1.0 | 2.0 | | |
| | 0 | 0 | 0 | `deep/run.py` |
| **us** | | | | [`waits.py`](../configs/waits.py) |
Between.

| paper | ours: few | all | seeds | epochs | commit | command | config |
|---|---|---|---|---|---|---|---|
| | | | | | | | `run.py` |
| | | x | | | | | `waits.py` |
<!-- /results -->

<!-- results best -->
| row | top1 | few | config |
|---|---|---|---|
| a | | | `run.py` |
| b | | | `waits.py` |
<!-- /results -->
"""
FILLED = """Text.

| ours | config |
|---|---|
| left alone | `run.py` |

<!-- results -->
| method | paper: all | many | ours | config |
|---|---:|---:|---|---|
| Others \\| theirs | 1.0 | 2.0 | | |
| | 70.1 | 77.8 | 70.2 ± 0.3 (78.0 ± 0.1 / 66.9 ± 0.2 / 51.0 ± 1.0) | `deep/run.py` |
| **us** | 81.0 | | not yet run | [`waits.py`](../configs/waits.py) |
Between.

| paper | ours: few | all | seeds | epochs | commit | command | config |
|---|---|---|---|---|---|---|---|
| 70.1 (77.8 / 67.0 / 50.8) | 51.0 ± 1.0 | 70.2 ± 0.3 | 0, 1 | 100 | abc1234 | `py x` | `run.py` |
| 81.0 | | not yet run | | | | `py x` | `waits.py` |
<!-- /results -->

<!-- results best -->
| row | top1 | few | config |
|---|---|---|---|
| a | **70.2 ± 0.3** | **51.0 ± 1.0** | `run.py` |
| b | not yet run | | `waits.py` |
<!-- /results -->
"""
HEADER = """# A recipe.
# Paper, top1: 0.
# Ours: something old.
# Launch: py \\
#    x
work_dir = 'a'  # Ours: this stays
"""


@pytest.fixture
def metafile(tmp_path):
    configs = tmp_path / 'configs'
    configs.mkdir()
    for name in ('run.py', 'waits.py'):
        (configs / name).write_text(HEADER)
    (configs / 'metafile.yml').write_text(MODELS)
    return Metafile(configs / 'metafile.yml')


def test_cells_are_filled_by_the_headers_of_their_columns(metafile):
    assert fill_page(PAGE, metafile) == FILLED
    assert fill_page(FILLED, metafile) == FILLED


def test_a_row_that_is_not_listed_is_refused(metafile):
    with pytest.raises(ValueError, match="no config 'absent'"):
        fill_page(PAGE.replace('deep/run.py', 'absent.py'), metafile)


def test_headers(metafile):
    run, waits = metafile.models
    assert fill_header(HEADER, run).splitlines()[1:3] == [
        '# Paper, top1 / many / medium / few: 70.1 / 77.8 / 67.0 / 50.8.',
        '# Ours: 70.2 ± 0.3 / 78.0 ± 0.1 / 66.9 ± 0.2 / 51.0 ± 1.0 (abc1234, 2 seeds).',
    ]
    assert fill_header(HEADER, waits).splitlines()[1:] == [
        '# Paper, top1: 81.0.',
        '# Ours: not yet run.',
        '# Launch: py \\',
        '#    x',
        "work_dir = 'a'  # Ours: this stays",
    ]
    assert fill_header('# Paper: none.\n', waits) == '# Paper: none.\n'


def test_stale_files_are_found_and_written(metafile, tmp_path):
    (tmp_path / 'README.md').write_text(PAGE)
    expected = [tmp_path / 'README.md', *(metafile.configs / n for n in ('run.py', 'waits.py'))]
    assert stale_files(metafile) == expected
    assert write_numbers(metafile) == expected
    assert (tmp_path / 'README.md').read_text() == FILLED
    assert stale_files(metafile) == write_numbers(metafile) == []


def test_a_listed_config_that_is_gone(metafile):
    (metafile.configs / 'waits.py').unlink()
    with pytest.raises(ValueError, match="lists configs/waits.py, which does not exist.*'waits'"):
        stale_files(metafile)


def test_printed():
    values = {'Few': 1.26, 'Top 1 Accuracy': 70.0}
    assert printed(values) == ['70.0', '1.3']
    assert printed(values, {'Top 1 Accuracy': 0.14}) == ['70.0 ± 0.1', '1.3']
    assert printed(None) == []
