"""The results page and the headers of the configs tell the same numbers."""

import re

import pytest
from repo import REPO

ROOT = REPO
PAGE = (ROOT / 'docs/results.md').read_text(encoding='utf-8')
# | … | numbers | not yet run | `config` |
ROWS = re.findall(r'^(\|.*\|) not yet run \| `(\S+\.py)` \|$', PAGE, re.M)


def test_every_published_row_is_there():
    assert len(ROWS) == 7 + 3 * 6 + 7  # recipes, baselines, ablations
    assert len({config for _, config in ROWS}) == len(ROWS)


@pytest.mark.parametrize('row, config', ROWS, ids=[c for _, c in ROWS])
def test_config_has_the_numbers_of_its_row(row, config):
    header = (ROOT / 'configs' / config).read_text(encoding='utf-8')
    stated = re.search(r'^# Paper, .*?: ([\d./ ]+?)\.?$', header, re.M)[1]
    printed = [cell.strip() for cell in row.split('|')]
    numbers = [cell for cell in printed if re.fullmatch(r'\d+\.\d', cell)]
    assert stated.split(' / ') == numbers
    assert '# Ours: not yet run.' in header
