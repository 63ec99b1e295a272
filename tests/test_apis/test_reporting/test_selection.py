"""What was kept and dropped, from the readable file of the anchors."""

import json

import pytest

from vlltr_mm.apis.reporting.selection import SelectionFile, shorten


def selection(tmp_path, classes):
    path = tmp_path / 'anchors.json'
    path.write_text(json.dumps(classes))
    return SelectionFile(str(path))


def row(sentence, l_lin, anchor=False):
    return dict(sentence=sentence, l_lin=l_lin, anchor=anchor)


def test_nearest_and_farthest_of_what_was_dropped(tmp_path):
    rows = [row('k', 1.0, True), *(row(str(i), float(i)) for i in (5, 2, 9, 3, 7))]
    file = selection(tmp_path, [dict(name='a', sentences=[*rows, row('n', None)])])
    (part,) = file.parts([['k']], 4)
    assert part['nearest'] == [['2', 2.0], ['3', 3.0]]
    assert part['farthest'] == [['9', 9.0], ['n', None]]
    assert (part['kept'], part['dropped']) == (1, 6)
    (part,) = file.parts([['k']], 100)
    assert len(part['nearest']) + len(part['farthest']) == 6


@pytest.mark.parametrize(
    'classes, message',
    [
        ({}, 'anchors.json'),
        ([dict(name='a')], 'class 0'),
        ([dict(name='a', sentences=[row('k', 'x', True)])], "l_lin is 'x'"),
        ([dict(name='a', sentences=[row('other', 1, True)])], 'is of another selection'),
        ([], 'is of 0 classes, the model of 1'),
    ],
)
def test_damaged_or_foreign_selections(tmp_path, classes, message):
    with pytest.raises(ValueError, match=message):
        selection(tmp_path, classes).parts([['k']], 6)


def test_long_sentences_are_cut():
    assert shorten('a' * 300) == 'a' * 300
    assert shorten('a' * 301) == 'a' * 299 + '…'
