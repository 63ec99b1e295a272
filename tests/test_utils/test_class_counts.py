"""Counts, against plain loops and the field's numbers."""

import gzip
import json
import tracemalloc

import numpy as np
import pytest
import torch
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
    with pytest.raises(ValueError, match='list.txt, line 1: .* no UTF-8'):
        read_class_counts(str(tmp_path / 'list.txt'))
    for name in ('no.txt', 'no.json'):
        with pytest.raises(FileNotFoundError, match=name):
            read_class_counts(str(tmp_path / name))


@pytest.mark.parametrize(
    'counts',
    [
        [1.5, 2],
        [],
        [[1], [2]],
        [-1],
        ['a'],
        {'a': 1},
        [[1], 2],
        [True, 2],
        [1, 2.0],
        [1, None],
        ['3'],
        [2**63],
        [10**30],
    ],
)
def test_bad_counts(tmp_path, counts):
    with pytest.raises(ValueError, match='list of integers >= 0'):
        read_class_counts(counts)
    (tmp_path / 'c.json').write_text(json.dumps(counts))
    with pytest.raises(ValueError, match='c.json must be'):
        read_class_counts(str(tmp_path / 'c.json'))


def test_counts_of_arrays_and_the_class_of_a_bad_one(tmp_path):
    for counts in (np.array([3, 0], dtype=np.uint8), torch.tensor([3, 0]), range(3, -1, -3)):
        assert read_class_counts(counts, 2).tolist() == [3, 0]
    for counts in (
        np.array([True, False]),
        np.array([2.0, 1.0]),
        np.array([2**63], dtype=np.uint64),
    ):
        with pytest.raises(ValueError, match='list of integers >= 0'):
            read_class_counts(counts)
    with pytest.raises(ValueError, match='but that of class 1 is True; correct it'):
        read_class_counts([3, True])
    (tmp_path / 'c.json').write_text('[0, 0]')
    with pytest.raises(ValueError, match='c.json has no training image of any class'):
        read_class_counts(str(tmp_path / 'c.json'))


def test_packed_counts(tmp_path):
    with gzip.open(tmp_path / 'c.json.gz', 'wt') as file:
        file.write('[3, 0]')
    assert read_class_counts(str(tmp_path / 'c.json.gz'), 2).tolist() == [3, 0]


def test_one_large_label_takes_no_memory(tmp_path):
    (tmp_path / 'list.txt').write_text('a.jpg 0\n\nb.jpg 9999999\n')
    tracemalloc.start()
    with pytest.raises(ValueError, match='list.txt, line 3: label 9999999 in a list of 2 images'):
        read_class_counts(str(tmp_path / 'list.txt'))
    with pytest.raises(ValueError, match='line 3: label 9999999 is out of range for 3 classes'):
        read_class_counts(str(tmp_path / 'list.txt'), 3)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 4 * 2**20
    (tmp_path / 'list.txt').write_text('a.jpg 900\n')
    assert len(read_class_counts(str(tmp_path / 'list.txt'))) == 901


@pytest.mark.parametrize(
    'labels', [[0.7], [True, 1], ['1'], [2**70], [[1]], [[1], 1], None, 2, '12', {1: 2}]
)
def test_labels_that_are_no_integers(labels):
    with pytest.raises(ValueError, match='Bank: labels must be a list of integers'):
        count_labels(labels, 3, 'Bank')


def test_other_errors():
    with pytest.raises(ValueError, match='2 counts for 3 classes'):
        read_class_counts([1, 2], 3)
    with pytest.raises(ValueError, match='Sample 1 has label 4'):
        count_labels([0, 4], 3)
