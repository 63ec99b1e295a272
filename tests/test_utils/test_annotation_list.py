"""What is written is what is read."""

import numpy as np
import pytest

from vlltr_mm.utils.annotation_list import (
    find_duplicates,
    find_shared,
    read_annotation_list,
    write_annotation_list,
)


def test_round_trip(tmp_path):
    path = str(tmp_path / 'list.txt')
    images = ['a/b c.jpg', 'ä/é 1.png', '3 4']
    write_annotation_list(path, images, [2, 0, 11])
    read, labels = read_annotation_list(path)
    assert read == images and labels.tolist() == [2, 0, 11]


@pytest.mark.parametrize('image', [' a.jpg', 'a.jpg ', 'a\n.jpg', 'a\r.jpg', ''])
def test_paths_that_no_line_can_hold(tmp_path, image):
    path = tmp_path / 'list.txt'
    with pytest.raises(ValueError, match='cannot stand in a list.*Rename'):
        write_annotation_list(str(path), ['b.jpg', image], [0, 1])
    assert not path.exists()


def test_images_that_stand_twice():
    paths = ['a/1.jpg', 'a/2.jpg', './a/1.jpg', 'b//3.jpg', 'b/3.jpg', 'a/1.jpg']
    repeated, contradictory = find_duplicates(paths, np.array([0, 0, 0, 1, 2, 0]))
    assert repeated == {'a/1.jpg': 3} and contradictory == {'b/3.jpg': [1, 2]}
    assert find_duplicates(paths[:2], [0, 0]) == ({}, {})
    assert find_duplicates([], []) == ({}, {})
    assert find_shared(paths, ['c/4.jpg', 'b/./3.jpg', 'a/2.jpg']) == ['a/2.jpg', 'b/3.jpg']
    assert find_shared(paths, ['1.jpg']) == find_shared([], paths) == []
