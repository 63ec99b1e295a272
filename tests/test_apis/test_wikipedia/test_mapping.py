"""The mapping that people correct."""

import pytest

from vlltr_mm.apis.wikipedia.mapping import Given, read_mapping, write_mapping
from vlltr_mm.apis.wikipedia.matching import Match
from vlltr_mm.apis.wikipedia.page import Page

NAMES = ['crane', 'sand_bar', 'fox "red"']


def test_written_and_read_again(tmp_path):
    path = tmp_path / 'mapping.tsv'
    matches = [
        Match('guessed', Page('Crane (bird)'), 'why', ('A', 'B')),
        Match('none'),
        Match('missing', None, 'no page'),
    ]
    write_mapping(str(path), NAMES, matches)
    assert path.read_text().split('\n')[1] == '0\tcrane\tCrane (bird)\tguessed\twhy\tA | B'
    assert read_mapping(str(path), NAMES) == {
        0: Given('Crane (bird)', f'{path}, line 2'),
        1: Given('-', f'{path}, line 3'),
    }


@pytest.mark.parametrize(
    'row, message',
    [
        ('0\tcrane', 'line 2: .* does not begin with index, name and title'),
        ('x\tcrane\tA', 'line 2: .* does not begin with index'),
        ('3\tcrane\tA', 'line 2: there is no class 3, they are 0 .. 2'),
        ('1\tcrane\tA', "line 2: class 1 is named 'crane', but 'sand_bar'"),
        ('0\tcrane\tA\n0\tcrane\tB', 'line 3 is of class 0, as is line 2'),
        ('"0\tcrane', 'is no table with tabs'),
    ],
)
def test_refused(tmp_path, row, message):
    path = tmp_path / 'mapping.tsv'
    path.write_text(f'index\tname\ttitle\n{row}\n')
    with pytest.raises(ValueError, match=f'{path}.*{message}'):
        read_mapping(str(path), NAMES)


def test_another_table_is_refused(tmp_path):
    path = tmp_path / 'mapping.tsv'
    path.write_text('a,b\n')
    with pytest.raises(ValueError, match=r"line 1: \['a,b'\] is not the header"):
        read_mapping(str(path), NAMES)
