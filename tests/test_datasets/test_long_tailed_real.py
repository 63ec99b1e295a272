"""The real lists and photographs, where they are at hand."""

import time

import numpy as np
import pytest
from repo import REPO

from vlltr_mm.datasets import ImageNetLT, INaturalist2018, PlacesLT
from vlltr_mm.datasets.corpus.text_corpus import corpus_classes

DATA = REPO / 'data'
needs_lists = pytest.mark.skipif(
    not (DATA / 'lists').is_dir(), reason='data/lists, the real lists, is not there'
)
needs_cifar = pytest.mark.skipif(
    not (DATA / 'cifar100_lt').is_dir(), reason='data/cifar100_lt, the real set, is not there'
)


@needs_lists
def test_real_lists():
    imagenet = ImageNetLT(str(DATA / 'lists/imagenet'), split='val')
    assert imagenet.metainfo['classes'][:2] == ('tench', 'goldfish')
    assert imagenet.metainfo['classes'][134] == 'crane'
    assert sum(imagenet.metainfo['class_counts']) == 115846
    assert np.bincount(imagenet.get_gt_labels()).tolist() == [20] * 1000
    start = time.perf_counter()
    places = PlacesLT(str(DATA / 'lists/places'))
    # 0.3 s on an idle core; the machine may be busy.
    assert time.perf_counter() - start < 2
    assert places.metainfo['classes'][116:119] == (
        'desert road',
        'desert sand',
        'desert vegetation',
    )
    counts = places.metainfo['class_counts']
    assert (len(places), max(counts), min(counts)) == (62500, 4980, 5)
    inat = INaturalist2018(str(DATA / 'lists/iNat'), split='val', class_counts=[1] * 8142)
    assert np.bincount(inat.get_gt_labels()).tolist() == [3] * 8142


@needs_lists
def test_clips_names_are_in_the_order_of_the_labels():
    listed = ImageNetLT(str(DATA / 'lists/imagenet'), split='val').metainfo['classes']
    clips = corpus_classes(dict(classes='imagenet'), listed)  # refuses another order
    assert sum(a == b for a, b in zip(clips, listed)) > 600
    words = [{*a.lower().split()} & {*b.lower().split()} for a, b in zip(clips, listed)]
    assert sum(map(bool, words)) > 890


@needs_cifar
def test_real_photographs():
    dataset = ImageNetLT(
        str(DATA / 'cifar100_lt'),
        ann_file='CIFAR100_LT_test.txt',
        train_ann_file='CIFAR100_LT_train.txt',
        pipeline=[dict(type='LoadImageFromFile'), dict(type='PackInputs')],
    )
    counts = dataset.metainfo['class_counts']
    assert counts == tuple(int(500 * 0.01 ** (i / 99)) for i in range(100))
    assert dataset.metainfo['classes'][1] == 'aquarium fish'
    assert dataset[2999]['inputs'].shape == (3, 32, 32)
