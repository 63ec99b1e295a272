"""Class folders as people have them."""

import os

import pytest

from vlltr_mm.apis.list_making.image_table import read_image_table, sort_ids


def make(root, *paths):
    for path in paths:
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_bytes(b'x')
    return str(root)


def test_class_folders(tmp_path):
    root = make(
        tmp_path, 'b fox/x/2.JPG', 'b fox/1.png', 'a sea/3.webp', 'a sea/notes.txt', 'top.jpg',
        'a sea/.DS_Store', '.git/c/1.jpg', 'read.me', '__MACOSX/a sea/3.webp',
    )  # fmt: skip
    (tmp_path / 'none').mkdir()
    table = read_image_table(root)
    assert table.root == root and table.origin == f'class folders in {root}'
    assert table.paths == ['a sea/3.webp', 'b fox/1.png', 'b fox/x/2.JPG']
    assert table.labels.tolist() == [0, 1, 1] and table.splits.tolist() == ['', '', '']
    assert table.ids == table.names == ['a sea', 'b fox'] and table.counts.tolist() == [1, 2]
    assert sorted(table.left_out) == [
        "files ending in '.txt', not images: 1, such as 'a sea/notes.txt'",
        "folders without an image: 1, such as 'none'",
        "hidden files and folders: 3, such as '.git'",
        "images in no class folder: 1, such as 'top.jpg'",
        "other files beside the folders: 1, such as 'read.me'",
    ]


def test_split_folders(tmp_path):
    root = make(
        tmp_path, 'Train/a/1.jpg', 'Train/b/2.jpg', 'valid/a/3.jpg', 'test/b/x/4.jpg', 'test/5.jpg',
        'wiki/a.txt', 'extra/6.jpg',
    )  # fmt: skip
    (tmp_path / 'valid/c').mkdir()
    table = read_image_table(root)
    assert table.paths == ['Train/a/1.jpg', 'Train/b/2.jpg', 'test/b/x/4.jpg', 'valid/a/3.jpg']
    assert table.splits.tolist() == ['train', 'train', 'test', 'val']
    assert table.labels.tolist() == [0, 1, 1, 0] and table.counts_of('train').tolist() == [1, 1]
    assert any("images of a split that are in no class folder: 1, such as 'test/5.jpg'" in note
               for note in table.left_out)  # fmt: skip
    assert any("such as 'extra'" in note for note in table.left_out)
    assert any("such as 'valid/c'" in note for note in table.left_out)


@pytest.mark.parametrize(
    'paths',
    [('train/1.jpg', 'test/2.jpg', 'bus/3.jpg'), ('train/x/1.jpg', 'bus/3.jpg'),
     ('test/x/1.jpg', 'val/x/3.jpg')],
)  # fmt: skip
def test_classes_may_be_called_as_splits_are(tmp_path, paths):
    table = read_image_table(make(tmp_path, *paths))
    assert table.ids == sorted(path.split('/')[0] for path in paths)
    assert set(table.splits) == {''}


def test_only_train_is_a_split_too(tmp_path):
    table = read_image_table(make(tmp_path, 'train/a/1.jpg', 'train/b/1.jpg'))
    assert table.ids == ['a', 'b'] and set(table.splits) == {'train'}


def test_folders_in_another_normal_form(tmp_path):
    table = read_image_table(make(tmp_path, 'train/e\u0301lan/1.jpg', 'val/\u00e9lan/2.jpg'))
    assert table.ids == ['\u00e9lan'] and table.paths[0] == 'train/e\u0301lan/1.jpg'
    make(tmp_path, 'train/\u00e9lan/1.jpg')
    with pytest.raises(ValueError, match='differ in their Unicode form alone'):
        read_image_table(str(tmp_path))


def test_links_are_followed_but_not_for_ever(tmp_path):
    make(tmp_path, 'else/1.jpg', 'images/a/2.jpg')
    os.symlink(tmp_path / 'else', tmp_path / 'images/b')
    os.symlink(tmp_path / 'images', tmp_path / 'images/a/up')
    table = read_image_table(str(tmp_path / 'images'))
    assert table.paths == ['a/2.jpg', 'b/1.jpg']
    assert table.left_out == ["links to a folder above them: 1, such as 'a/up'"]


@pytest.mark.parametrize(
    'paths,match',
    [
        (('train/a/1.jpg', 'val/b/2.jpg'), "class 'b' has images in val.*none in train.*1 of 2"),
        (('train/a/1.jpg', 'val/a/2.jpg', 'valid/a/2.jpg'), "'val' and 'valid', both of the split"),
        (('1.jpg',), 'has no folder; make one per class'),
        (('1.jpg', 'labels.csv'), "If 'labels.csv' lists the images, give it"),
        (('a/1.txt',), 'has no image in a folder of a class.*.jpg'),
    ],
)
def test_errors(tmp_path, paths, match):
    with pytest.raises(ValueError, match=match):
        read_image_table(make(tmp_path, *paths))


def test_nothing_given(tmp_path):
    with pytest.raises(ValueError, match='give a folder of class folders, or lists'):
        read_image_table()
    with pytest.raises(FileNotFoundError, match='no/where.* does not exist'):
        read_image_table('no/where')


def test_numbers_sort_as_numbers(tmp_path):
    assert read_image_table(make(tmp_path, '9/a.jpg', '10/a.jpg')).ids == ['9', '10']
    assert sort_ids(['b', '10', '9']) == ['10', '9', 'b']
