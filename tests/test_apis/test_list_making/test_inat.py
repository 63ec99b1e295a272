"""iNaturalist's JSON becomes a list and counts."""

import json

import numpy as np
import pytest

from vlltr_mm.apis.list_making.inat import convert_inat
from vlltr_mm.datasets import INaturalist2018


@pytest.fixture
def root(tmp_path):
    write(
        tmp_path,
        'categories.json',
        [dict(id=i, name=n) for i, n in ((4, 'Grus'), (0, 'Vulpes'), (2, 'Apis'))],
    )
    images = [dict(id=i, file_name=f'x/{i} a.jpg') for i in (7, 3, 5)]
    annotations = [dict(image_id=i, category_id=c) for i, c in ((3, 0), (5, 4), (7, 0))]
    write(tmp_path, 'train2018.json', dict(images=images, annotations=annotations))
    return tmp_path


def write(folder, name, content):
    (folder / name).write_text(json.dumps(content))


def convert(root, counts='iNaturalist18_train_class_counts.json'):
    return convert_inat(
        str(root / 'train2018.json'),
        str(root / 'categories.json'),
        str(root / 'iNaturalist18_train.txt'),
        counts and str(root / counts),
    )


def test_list_and_counts_by_hand(root):
    assert convert(root).tolist() == [1, 2, 0]
    assert (root / 'iNaturalist18_train.txt').read_text() == (
        'x/7 a.jpg 1\nx/3 a.jpg 1\nx/5 a.jpg 0\n'
    )
    counts = root / 'iNaturalist18_train_class_counts.json'
    assert json.loads(counts.read_text()) == [1, 2, 0]


def test_the_data_set_reads_the_same(root):
    before = INaturalist2018(str(root))
    convert(root)
    (root / 'train2018.json').unlink()
    after = INaturalist2018(str(root))
    assert after.metainfo == before.metainfo
    assert np.array_equal(after.get_gt_labels(), before.get_gt_labels())
    assert [after.get_data_info(i)['img_path'] for i in range(3)] == [
        before.get_data_info(i)['img_path'] for i in range(3)
    ]
    (root / 'iNaturalist18_train.txt').rename(root / 'iNaturalist18_val.txt')
    val = INaturalist2018(str(root), split='val')
    assert val.metainfo == before.metainfo  # from the counts file


def test_counts_are_optional(root):
    convert(root, None)
    assert not list(root.glob('*counts*'))


def test_errors(root):
    write(root, 'categories.json', [dict(id=0, name='Vulpes')])
    with pytest.raises(ValueError, match='category_id 4, which .*categories'):
        convert(root)
    write(root, 'train2018.json', dict(images=[], annotations=[]))
    with pytest.raises(ValueError, match='train2018.json has no image'):
        convert(root)
    (root / 'categories.json').unlink()
    with pytest.raises(FileNotFoundError, match='categories.json'):
        convert(root)
    assert not (root / 'iNaturalist18_train.txt').exists()


def test_an_image_of_two_classes(root):
    images = [dict(id=i, file_name='x/one.jpg') for i in (7, 3)]
    annotations = [dict(image_id=i, category_id=c) for i, c in ((3, 0), (7, 4))]
    write(root, 'train2018.json', dict(images=images, annotations=annotations))
    with pytest.raises(ValueError, match=r"train2018.json gives 'x/one.jpg' the labels \[0, 1\]"):
        convert(root)
    assert not (root / 'iNaturalist18_train.txt').exists()
