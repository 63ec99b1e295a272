"""Links, paths and code of the pages lead somewhere."""

import os
import re
import subprocess
import sys

import pytest
from repo import REPO

PAGES = sorted(
    [*REPO.glob('*.md'), *(REPO / 'docs').rglob('*.md'), *(REPO / 'configs').rglob('*.md')]
)
PACKAGE = REPO / 'vlltr_mm'
HISTORY = {'CHANGELOG.md'}  # names files as they were


def title_anchor(title):
    """Return the anchor that a heading gets."""
    plain = re.sub(r'[^\w\- ]', '', title.strip().lower())
    return plain.replace(' ', '-')


def anchors(page):
    text = re.sub(r'```.*?```', '', page.read_text(), flags=re.S)
    return {title_anchor(title) for title in re.findall(r'^#+ (.*)', text, flags=re.M)}


@pytest.mark.parametrize('page', PAGES, ids=lambda p: p.name)
def test_links(page):
    text = re.sub(r'```.*?```', '', page.read_text(), flags=re.S)
    for target in re.findall(r'\]\(([^)\s]+)\)', text):
        if re.match(r'https?://', target):
            continue
        path, _, anchor = target.partition('#')
        file = (page.parent / path).resolve() if path else page
        assert file.exists(), target
        if anchor:
            assert anchor in anchors(file), target


@pytest.mark.parametrize('page', PAGES, ids=lambda p: p.name)
def test_paths_that_are_named_exist(page):
    if page.name in HISTORY:
        return
    found = re.findall(
        r'(?<![\w/.])((?:vlltr_mm|configs|tools|tests|docs|requirements)/'
        r'[\w./-]*\w\.(?:py|md|sh|txt|yml))',
        page.read_text(),
    )
    lost = sorted({path for path in found if not (REPO / path).is_file()})
    assert not lost


def test_every_page_is_in_the_index():
    index = (REPO / 'docs/README.md').read_text()
    for page in (REPO / 'docs').glob('*.md'):
        assert page.name == 'README.md' or f']({page.name})' in index


def test_the_rooms_of_the_architecture_exist():
    page = (REPO / 'docs/architecture.md').read_text()
    layout = re.search(r'```text\nvlltr_mm/\n(.*?)^configs/', page, flags=re.S | re.M).group(1)
    files = [path.relative_to(PACKAGE) for path in PACKAGE.rglob('*.py')]
    rooms = {path.parent.as_posix() for path in files} - {'.'}
    named = set(re.findall(r'^ +([a-z_/]+)/ *(?= |$)', layout, flags=re.M))
    named |= {'functional', 'metrics', 'backbones'}  # in the lines of other rooms
    assert all(any(f'/{room}'.endswith(f'/{name}') for room in rooms) for name in named)
    assert all(any(f'/{room}'.endswith(f'/{name}') for name in named) for room in rooms)
    known = {path.name for path in files}
    assert not set(re.findall(r'\b\w+\.py\b', layout)) - known
    parts = '|'.join({room.split('/')[0] for room in rooms})
    for file in re.findall(rf'`((?:{parts})/[\w/]+\.py)`', page):
        assert (PACKAGE / file).is_file(), file


def test_the_first_python_of_the_readme_runs(capsys):
    code = re.search(r'```python\n(.*?)```', (REPO / 'README.md').read_text(), flags=re.S).group(1)
    assert len([line for line in code.splitlines() if line]) == 5
    exec(code, {})
    assert capsys.readouterr().out.startswith('tensor([[')


@pytest.mark.slow
def test_the_examples_of_extending_are_one_script(tmp_path):
    """In a process of its own, since they register types."""
    page = (REPO / 'docs/extending.md').read_text()
    blocks = re.findall(r'```python\n(.*?)```', page, flags=re.S)
    sections = re.findall(r'^## (.*)', page, flags=re.M)
    assert len(blocks) == len(sections) == 7
    script = tmp_path / 'extending.py'
    script.write_text('\n'.join(blocks))
    environment = dict(os.environ, VLLTR_MM_CACHE=str(tmp_path), PYTHONPATH=str(REPO))
    run = subprocess.run(
        [sys.executable, script], cwd=tmp_path, env=environment, capture_output=True, text=True
    )
    assert run.returncode == 0, run.stderr


def test_weighted_splits_of_the_literature():
    """The third number of each row is what its printed splits give, weighted by classes."""
    text = (REPO / 'docs/literature.md').read_text(encoding='utf-8')
    row = r'^\| (.+?) \| [\d.]+ \| ([\d.]+) / ([\d.]+) / ([\d.]+) \| ([\d.]+) \|'
    rows = re.findall(row, text, flags=re.M)
    assert len(rows) == 14
    for name, many, medium, few, given in rows:
        other = name.startswith('VL-LTR')  # its code has the other rule
        counts = (391, 463, 146) if other else (385, 479, 136)
        if 'Places-LT' in name:
            counts = (132, 156, 77) if other else (131, 163, 71)
        splits = [float(many), float(medium), float(few)]
        weighted = sum(n * s for n, s in zip(counts, splits, strict=True)) / sum(counts)
        assert abs(weighted - float(given)) <= 0.05 + 1e-9, name
