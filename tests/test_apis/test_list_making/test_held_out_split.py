"""Splits of images that have none, or not all."""

import numpy as np
import pytest

from vlltr_mm.apis.list_making.copies import find_copies
from vlltr_mm.apis.list_making.held_out_split import hold_out, numbers_of_class
from vlltr_mm.apis.list_making.image_table import ImageTable
from vlltr_mm.apis.list_making.splits import draw_splits


def make(counts, splits=None, root='/none'):
    labels = np.repeat(np.arange(len(counts)), counts)
    paths = [f'{chr(97 + own)}/{i:03d}.jpg' for i, own in enumerate(labels.tolist())]
    return ImageTable(
        root=str(root),
        paths=paths,
        labels=labels,
        splits=np.array(splits if splits is not None else [''] * len(paths), dtype='<U5'),
        ids=[chr(97 + own) for own in range(len(counts))],
        names=[f'name {own}' for own in range(len(counts))],
        origin='a test',
    )


def sizes(table):
    return {split: table.counts_of(split).tolist() for split in ('train', 'val', 'test')}


def test_default_numbers():
    table = hold_out(make([300, 100, 12, 5, 4, 3, 2, 1]))
    assert sizes(table) == {
        'train': [230, 60, 8, 3, 2, 1, 1, 1],
        'val': [20, 20, 2, 1, 1, 1, 0, 0],
        'test': [50, 20, 2, 1, 1, 1, 1, 0],
    }
    assert table.left_out == [
        "classes without a test image, not measured: 1, such as 'name 7'",
        "classes without a val image, not seen in validation: 2, such as 'name 6'",
    ]
    assert table.drawn == (
        'Of the images without a split, class by class with seed 0: a fifth, at most 50, for test '
        'and a fifth, at most 20, for val; at least 1 where there are 2, and 2 stay in train where '
        'there are 4. This gave 306 train, 45 val, 76 test.'
    )


@pytest.mark.parametrize('wanted', [None, 3, 10, 0.1, 0.45])
def test_numbers_by_the_rule(wanted):
    """Against the rule of the docstring, written again."""
    for n in range(200):
        numbers = numbers_of_class(n, dict(test=wanted, val=wanted))
        most = {
            None: dict(test=min(50, n // 5), val=min(20, n // 5)),
            3: dict.fromkeys(('test', 'val'), min(3, n // 4)),
            10: dict.fromkeys(('test', 'val'), min(10, n // 4)),
        }.get(wanted)
        if most is None:
            most = dict.fromkeys(('test', 'val'), int(np.floor(wanted * n + 0.5)))
        free = n - 2 if n >= 4 else max(0, n - 1)
        test = min(max(1, most['test']), free)
        assert numbers == dict(test=test, val=min(max(1, most['val']), free - test))
        assert n - sum(numbers.values()) >= min(n, 2 if n >= 4 else 1)


def test_it_draws_as_draw_splits():
    table = make([9, 6, 8])
    made = hold_out(table, val=2, test=1, seed=5, copies=())
    parts = draw_splits(table.paths, table.labels, table.names, [6, 3, 5], 2, 1, seed=5)
    # 6 images allow 1 of each alone: at most half is held out, in equal parts.
    assert sizes(made) == {'train': [6, 4, 5], 'val': [2, 1, 2], 'test': [1, 1, 1]}
    for split in ('val', 'test'):
        own = np.flatnonzero((made.splits == split) & (made.labels != 1))
        assert set(own) == {i for i in parts[split] if table.labels[i] != 1}


def test_seed_and_order():
    table = make([30, 20])
    made = hold_out(table, copies=())
    assert (hold_out(table, copies=()).splits == made.splits).all()
    assert (hold_out(table, seed=1, copies=()).splits != made.splits).any()
    assert (table.splits == '').all()  # what was given stays
    order = np.random.default_rng(0).permutation(50)
    shuffled = make([30, 20])
    shuffled.paths, shuffled.labels = [table.paths[i] for i in order], table.labels[order]
    assert (hold_out(shuffled, copies=()).splits == made.splits[order]).all()


def test_splits_that_exist_stay():
    splits = ['test'] * 5 + ['train'] * 20 + ['test'] * 2 + ['train'] * 3
    table = make([25, 5], splits)
    made = hold_out(table)
    assert ((made.splits == 'test') == (table.splits == 'test')).all()
    assert sizes(made) == {'train': [16, 2], 'val': [4, 1], 'test': [5, 2]}
    assert made.drawn.startswith('Of train, class by class with seed 0: a fifth, at most 20, for v')
    whole = hold_out(made)
    assert (whole.splits == made.splits).all()
    assert whole.drawn == 'No image was drawn for val or test: 18 train, 5 val, 7 test.'


def test_images_without_a_split_go_first():
    table = make([12], ['train'] * 6 + [''] * 6)
    made = hold_out(table)
    assert set(made.splits[:6]) == {'train'} and sizes(made)['val'] == sizes(made)['test'] == [1]
    made = hold_out(make([8], ['val'] + ['test'] + [''] * 6))
    assert sizes(made) == {'train': [6], 'val': [1], 'test': [1]}


def test_zero_draws_none():
    made = hold_out(make([20]), val=0, test=0.5)
    assert sizes(made) == {'train': [10], 'val': [0], 'test': [10]}
    assert '50% for test' in made.drawn and 'val image' not in str(made.left_out)


@pytest.mark.parametrize(
    'arguments,match',
    [
        (dict(val=-1), 'val is -1; it must be a number of images'),
        (dict(test=1.5), 'test is 1.5; it must be'),
        (dict(test=True), 'test is True'),
        (dict(val=0.5, test=0.5), 'shares must leave some for training'),
        (dict(seed=-1), 'seed is -1'),
    ],
)
def test_errors(arguments, match):
    with pytest.raises(ValueError, match=match):
        hold_out(make([5]), **arguments)


@pytest.fixture
def written(tmp_path):
    """Return a function that writes an image's content for each index."""

    def write(counts, contents, splits=None):
        table = make(counts, splits, tmp_path)
        for path, content in zip(table.paths, contents):
            (tmp_path / path).parent.mkdir(exist_ok=True)
            (tmp_path / path).write_bytes(content)
        return table

    return write


def test_copies(written):
    big = bytes(20_000)
    other = big[:10_000] + b'x' + big[10_001:]  # of one size, and equal at both ends
    table = written(
        [3, 4], [b'1', b'2', big, other, b'1', big, b''], ['train'] + [''] * 5 + ['val']
    )
    copies = find_copies(table)
    assert [(own.indices, own.labels, own.splits) for own in copies] == [
        ([0, 4], [0, 1], ['train']),
        ([2, 5], [0, 1], []),
    ]
    assert copies[0].contradictory and not copies[0].crossing


def test_links_are_copies_and_lost_files_are_not(written, tmp_path):
    table = written([4], [b'1', b'2', b'3', b'3'])
    for index, of in ((1, 0), (2, None), (3, None)):
        (tmp_path / table.paths[index]).unlink()
        if of is not None:
            (tmp_path / table.paths[index]).symlink_to(tmp_path / table.paths[of])
    assert [own.indices for own in find_copies(table)] == [[0, 1]]


@pytest.mark.parametrize('seed', range(5))
def test_copies_are_not_parted(written, seed):
    contents = [str(i // 2).encode() for i in range(24)]  # pairs of one class
    contents[-1] = contents[0]  # and one of two classes
    made = hold_out(written([12, 12], contents), seed=seed)
    assert (made.splits[0:22:2] == made.splits[1:22:2]).all()
    assert made.splits[0] == made.splits[-1] == 'train'
    # 5 different images of class 0, 6 of class 1: the rest is in no two classes.
    assert sizes(made) == {'train': [8, 8], 'val': [2, 2], 'test': [2, 2]}
    assert [note for note in made.left_out if note.startswith('groups')] == [
        'groups of equal files of two classes, so one label is wrong: 1, such as '
        "'a/000.jpg' (name 0) and 'b/023.jpg' (name 1)"
    ]


@pytest.mark.parametrize('seed', range(5))
def test_copies_of_two_classes_are_not_drawn_of_train(written, seed):
    contents = [str(i % 6).encode() for i in range(8)]  # 0 = 6 and 1 = 7, of two classes
    made = hold_out(written([4, 4], contents, ['train'] * 8), seed=seed)
    assert set(made.splits[[0, 1, 6, 7]]) == {'train'}
    assert sizes(made) == {'train': [3, 3], 'val': [0, 0], 'test': [1, 1]}


def test_a_copy_follows_a_split_that_exists(written):
    splits = ['test', '', 'train', '', '', '', '', '', 'train', 'test']
    contents = [b'1', b'1', b'2', b'2', b'3', b'4', b'5', b'6', b'7', b'7']
    made = hold_out(written([10], contents, splits))
    assert made.splits[1] == 'test' and made.splits[3] == 'train'
    assert [note.partition(':')[0] for note in made.left_out] == [
        'groups of equal files in two splits, so one answer is known'
    ]
