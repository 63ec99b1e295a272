"""Disjoint, reproducible, nested draws."""

import numpy as np
import pytest

from vlltr_mm.apis.list_making.splits import draw_splits, order_classes, read_order

NAMES = ['sea', 'fox', 'arch']
SIZES = [12, 9, 9]
LABELS = np.repeat(np.arange(3), SIZES)
PATHS = [f'{NAMES[c]}/{i:02d}.jpg' for i, c in enumerate(LABELS)]


def draw(counts=(6, 4, 2), val=2, test=3, paths=PATHS, labels=LABELS, seed=0):
    splits = draw_splits(paths, labels, NAMES, counts, val, test, seed)
    return {split: [paths[i] for i in indices] for split, indices in splits.items()}


def test_sizes_and_disjointness():
    splits = draw_splits(PATHS, LABELS, NAMES, [6, 4, 2], 2, 3)
    for split, expected in dict(train=[6, 4, 2], val=[2] * 3, test=[3] * 3).items():
        labels = LABELS[splits[split]]
        assert np.bincount(labels, minlength=3).tolist() == expected
        assert (np.diff(labels) >= 0).all()
    everything = np.concatenate(list(splits.values()))
    assert len(set(everything.tolist())) == len(everything) == 27


def test_the_seed_alone_decides():
    assert draw() == draw()
    assert draw(seed=1) != draw()
    mixed = np.random.default_rng(3).permutation(len(PATHS))
    again = draw(paths=[PATHS[i] for i in mixed], labels=LABELS[mixed])
    assert again == draw()


def test_held_out_images_stay_and_smaller_sets_are_nested():
    small, large = draw(counts=(3, 1, 1)), draw(counts=(7, 4, 3))
    assert small['val'] == large['val'] and small['test'] == large['test']
    assert set(small['train']) < set(large['train'])


def test_nothing_held_out_and_all_used():
    splits = draw(counts=SIZES, val=0, test=0)
    assert not splits['val'] and not splits['test']
    assert sorted(splits['train']) == sorted(PATHS)


def test_draws_are_uniform():
    hits = np.zeros(len(PATHS))
    for seed in range(600):
        hits[draw_splits(PATHS, LABELS, NAMES, [6, 4, 2], 2, 3, seed)['train']] += 1
    # Binomial: five standard deviations are at most 0.1.
    expected = np.repeat([6 / 12, 4 / 9, 2 / 9], SIZES)
    assert abs(hits / 600 - expected).max() < 0.11


@pytest.mark.parametrize(
    'arguments,match',
    [
        (
            dict(counts=(8, 4, 5)),
            r"Class 0 'sea' has 12 images, but 8 \(train\) \+ 2 \(val\) \+ 3 "
            r'\(test\) are needed; 2 of 3 classes have too few. Lower most.*size',
        ),
        (dict(labels=np.where(LABELS == 1, 2, LABELS)), "Class 1 'fox' has 0 images"),
        (dict(val=-1), 'val_per_class is -1'),
        (dict(test=-2), 'test_per_class is -2'),
        (
            dict(paths=PATHS[:-1] + PATHS[:1]),
            r"'sea/00.jpg' is listed twice, with the labels \[0, 2\]",
        ),
        (dict(paths=[*PATHS[:-1], './' + PATHS[-2]]), "'arch/28.jpg' is listed twice, so"),
        (dict(seed=-1), 'seed is -1; it must be at least 0'),
    ],
)
def test_errors(arguments, match):
    with pytest.raises(ValueError, match=match):
        draw(**arguments)


def test_one_image_too_few_is_an_error_and_just_enough_is_not():
    draw(counts=(7, 4, 4))
    with pytest.raises(ValueError, match='1 of 3 classes have too few'):
        draw(counts=(7, 4, 5))


def test_orders():
    assert order_classes(NAMES, SIZES).tolist() == [0, 1, 2]
    assert order_classes(NAMES, SIZES, 'name').tolist() == [2, 1, 0]
    assert order_classes(NAMES, [1, 5, 5], 'size').tolist() == [1, 2, 0]
    assert order_classes(NAMES, SIZES, ['fox', 'sea', 'arch']).tolist() == [1, 0, 2]
    shuffled = [
        tuple(order_classes(NAMES, SIZES, 'shuffled', seed).tolist())
        for seed in (0, 0, *range(1, 40))
    ]
    assert shuffled[0] == shuffled[1] and len(set(shuffled)) == 6


@pytest.mark.parametrize(
    'order,match',
    [
        ('random', "order is 'random'; allowed are 'label', 'name', 'size'"),
        (['fox', 'sea'], r"order has 2 names for 3 classes.*\['arch'\]"),
        (['fox', 'sea', 'ox'], r"not so \['arch', 'ox'\]"),
        (['fox', 'sea', 'arch', 'sea'], r"order has 4 names.*\['sea'\]"),
    ],
)
def test_bad_orders(order, match):
    with pytest.raises(ValueError, match=match):
        order_classes(NAMES, SIZES, order)


def test_a_name_of_two_classes_cannot_order_them():
    with pytest.raises(ValueError, match=r"\['crane'\]"):
        order_classes(['crane', 'ox', 'crane'], SIZES, ['ox', 'crane', 'crane'])


def test_order_files(tmp_path):
    path = tmp_path / 'order.txt'
    path.write_bytes('\ufefffox\r\n sea\r\ne\u0301lan du nord\r\n\r\n'.encode())
    assert read_order(str(path)) == ['fox', 'sea', '\u00e9lan du nord']
    path.write_text(' \n')
    with pytest.raises(ValueError, match='order.txt has no name'):
        read_order(str(path))
    path.write_bytes('fox'.encode('utf-16'))
    with pytest.raises(ValueError, match='order.txt, line 1: .*UTF-8'):
        read_order(str(path))
