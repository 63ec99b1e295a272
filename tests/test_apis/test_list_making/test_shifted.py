"""Test lists of shifted classes, against the formula and the published ones."""

import math
import sys

import numpy as np
import pytest
import shift_test_list as tool

from vlltr_mm.apis.list_making.shifted import RATIOS, shift_test_list, shifted_counts
from vlltr_mm.utils.annotation_list import read_annotation_list

# Lines of the published lists, for the ratios 2, 5, 10, 25 and 50.
PUBLISHED = {
    (1000, 50): (35574, 24365, 19059, 14437, 12058),  # ImageNet-LT
    (365, 100): (26155, 17970, 14103, 10727, 8989),  # Places-LT
}
TRAIN = [3, 40, 7, 7, 1]


def write(folder, per_class=10, classes=5):
    lines = [f'test/{c}/{i}.jpg {c}\n' for i in range(per_class) for c in range(classes)]
    (folder / 'My_LT_test.txt').write_text(''.join(lines))
    return str(folder / 'My_LT_test.txt')


@pytest.mark.parametrize('sizes', PUBLISHED)
@pytest.mark.parametrize('direction', ['forward', 'backward'])
def test_are_as_long_as_the_published_lists(sizes, direction):
    classes, per_class = sizes
    train = np.arange(classes, 0, -1)
    found = [
        int(shifted_counts(np.full(classes, per_class), train, ratio, direction).sum())
        for ratio in RATIOS
    ]
    assert tuple(found) == PUBLISHED[sizes]


@pytest.mark.parametrize('direction', ['forward', 'backward'])
@pytest.mark.parametrize('ratio', [1, 3, 10])
def test_equals_the_formula(direction, ratio):
    found = shifted_counts(np.array([10, 9, 10, 10, 8]), np.array(TRAIN), ratio, direction)
    ranked = [1, 2, 3, 0, 4]  # falling training count, equal ones by label
    ranked = ranked[::-1] if direction == 'backward' else ranked
    for rank, label in enumerate(ranked):
        own = [10, 9, 10, 10, 8][label]
        assert found[label] == math.floor(own * (1 / ratio) ** (rank / 4) + 1e-9)


def test_lists_are_nested_and_hold_what_they_should(tmp_path):
    made = shift_test_list(write(tmp_path), TRAIN, str(tmp_path / 'out'), ratios=(2, 5))
    names = ['forward2', 'backward2', 'forward5', 'backward5']
    assert [path.rpartition('My_LT_')[2] for path in made] == [f'{name}.txt' for name in names]
    lists = {}
    for path, counts in made.items():
        images, labels = read_annotation_list(path)
        assert np.bincount(labels, minlength=5).tolist() == counts.tolist()
        assert all(image.split('/')[1] == str(label) for image, label in zip(images, labels))
        assert len(set(images)) == len(images)
        lists[path.rpartition('_')[2]] = set(images)
    assert lists['forward5.txt'] < lists['forward2.txt']
    assert lists['backward5.txt'] < lists['backward2.txt']


def test_the_choice_follows_the_seed(tmp_path):
    for folder, seed in (('a', 0), ('b', 0), ('c', 1)):
        shift_test_list(write(tmp_path), TRAIN, str(tmp_path / folder), (5,), seed)
    texts = [(tmp_path / folder / 'My_LT_forward5.txt').read_text() for folder in 'abc']
    assert texts[0] == texts[1] != texts[2]


def test_errors(tmp_path):
    path = write(tmp_path, per_class=3)
    out = str(tmp_path / 'out')
    with pytest.raises(ValueError, match='3 images of a class; with the ratio 5 the smallest'):
        shift_test_list(path, TRAIN, out, (5,))
    with pytest.raises(ValueError, match='has no image of class 5'):
        shift_test_list(path, [*TRAIN, 2], out)
    with pytest.raises(ValueError, match='out of range for 4 classes'):
        shift_test_list(path, TRAIN[:4], out)
    with pytest.raises(ValueError, match="direction is 'up'"):
        shifted_counts(np.ones(2), np.ones(2), 2, 'up')
    with pytest.raises(ValueError, match='ratio'):
        shifted_counts(np.ones(2), np.ones(2), 0.5)
    shift_test_list(path, TRAIN, out, (2,))
    with pytest.raises(FileExistsError, match='forward2.txt'):
        shift_test_list(path, TRAIN, out, (2,))


def test_the_tool_says_what_it_wrote(tmp_path, monkeypatch, capsys):
    train = tmp_path / 'train.txt'
    train.write_text(''.join(f'{c}/{i}.jpg {c}\n' for c in range(5) for i in range(TRAIN[c])))
    args = [write(tmp_path), str(train), str(tmp_path / 'out'), '--ratios', '2']
    monkeypatch.setattr(sys, 'argv', ['shift_test_list.py', *args])
    tool.main()
    first = capsys.readouterr().out.splitlines()[0]
    assert first.endswith('My_LT_forward2.txt: 35 images, 10 to 5 a class.')
