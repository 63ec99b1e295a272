"""Counts, against plain loops and the field's numbers."""

import json

import numpy as np
import pytest
from repo import REPO

from vlltr_mm.evaluation.functional.class_splits import ClassSplits
from vlltr_mm.utils.annotation_list import read_annotation_list
from vlltr_mm.utils.class_counts import count_labels, read_class_counts

LISTS = REPO / 'data' / 'lists'
needs_lists = pytest.mark.skipif(
    not LISTS.is_dir(), reason='data/lists, the real lists, is not there'
)


def test_count_labels_equals_plain_loop_and_permutes():
    labels = np.random.default_rng(0).integers(0, 7, 50)
    plain = [sum(int(y) == c for y in labels) for c in range(9)]
    assert count_labels(labels, 9).tolist() == plain
    assert count_labels(labels[::-1], 9).tolist() == plain
    assert count_labels([], 2).tolist() == [0, 0]


@needs_lists
def test_real_splits():
    counts = read_class_counts(str(LISTS / 'imagenet/ImageNet_LT_train_class_counts.json'), 1000)
    assert counts.sum() == 115846
    sizes = [int(m.sum()) for m in ClassSplits(counts).masks.values()]
    assert sizes == [385, 479, 136]
    places = read_class_counts(str(LISTS / 'places/Places_LT_train.txt'))
    sizes = [int(m.sum()) for m in ClassSplits(places).masks.values()]
    assert sizes == [131, 163, 71]
    sizes = [int(m.sum()) for m in ClassSplits(places, rule='oltr').masks.values()]
    assert sizes == [132, 156, 77]


def test_counts_from_every_source(tmp_path):
    (tmp_path / 'a.json').write_text('[2, 0, 1]')
    (tmp_path / 'a.txt').write_text('x/a b.jpg 0\n\nx/c.jpg\t2\n d.jpg 0\n')
    assert read_class_counts((2, 0, 1), 3).tolist() == [2, 0, 1]
    for name in ('a.json', 'a.txt'):
        counts = read_class_counts(tmp_path / name, 3)
        assert counts.tolist() == [2, 0, 1] and counts.dtype == np.int64
    paths, labels = read_annotation_list(str(tmp_path / 'a.txt'))
    assert paths == ['x/a b.jpg', 'x/c.jpg', 'd.jpg']
    assert labels.tolist() == [0, 2, 0]


@pytest.mark.parametrize(
    'text,match',
    [
        ('a.jpg 0\n\nb.jpg\n', "line 3: 'b.jpg'"),
        ('a.jpg 0\nb.jpg x\n', "line 2: 'b.jpg x'"),
        ('a.jpg -1\n', "line 1: 'a.jpg -1'"),
        ('\n', 'has no line'),
        ('a.jpg 0\n\nb.jpg 5\n', 'line 3: label 5 is out of range for 3 classes'),
    ],
)
def test_bad_lists(tmp_path, text, match):
    path = tmp_path / 'list.txt'
    path.write_text(text)
    with pytest.raises(ValueError, match=match):
        read_class_counts(str(path), 3)


def test_bad_bytes_and_missing_files(tmp_path):
    (tmp_path / 'list.txt').write_bytes(b'a\xff.jpg 0\n')
    with pytest.raises(ValueError, match='list.txt.* not UTF-8'):
        read_class_counts(str(tmp_path / 'list.txt'))
    for name in ('no.txt', 'no.json'):
        with pytest.raises(FileNotFoundError, match=name):
            read_class_counts(str(tmp_path / name))


@pytest.mark.parametrize('counts', [[1.5, 2], [], [[1], [2]], [-1], ['a'], {'a': 1}, [[1], 2]])
def test_bad_counts(tmp_path, counts):
    with pytest.raises(ValueError, match='list of integers >= 0'):
        read_class_counts(counts)
    (tmp_path / 'c.json').write_text(json.dumps(counts))
    with pytest.raises(ValueError, match='c.json must be'):
        read_class_counts(str(tmp_path / 'c.json'))


def test_other_errors():
    with pytest.raises(ValueError, match='2 counts for 3 classes'):
        read_class_counts([1, 2], 3)
    with pytest.raises(ValueError, match='Sample 1 has label 4'):
        count_labels([0, 4], 3)
