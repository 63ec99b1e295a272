"""What is written is what is read."""

import pytest

from vlltr_mm.utils.annotation_list import read_annotation_list, write_annotation_list


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
