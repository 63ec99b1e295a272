"""Folders decide what labels mean, where they are folders of classes."""

import json
import unicodedata

import numpy as np
import pytest

from vlltr_mm.apis.list_making.image_source import read_image_source
from vlltr_mm.datasets import ImageNetLT, INaturalist2018
from vlltr_mm.datasets.long_tailed.class_folders import NumberedClasses, check_class_folders

CLASSES = 12
ORDER = np.random.default_rng(3).permutation(CLASSES)  # of the index column


def name(label):
    return f'animal_{label}'


def write_set(folder, lines, numbers, key='n{:02d}'):
    rows = [f'{key.format(c)} {numbers[c]} {name(c)}\n' for c in range(CLASSES)]
    (folder / 'labels.txt').write_text(''.join(np.random.default_rng(0).permutation(rows)))
    (folder / 'ImageNet_LT_train.txt').write_text('\n'.join(lines))
    return str(folder)


def lines_of(path, labels=range(CLASSES), each=3):
    return [f'{path.format(label=y, i=i)} {y}' for y in labels for i in range(each)]


FLAT = lines_of('train/{label}_{i}.jpg')


@pytest.mark.parametrize('first', [0, 1])
def test_an_index_in_the_order_of_the_ids_needs_no_folder(tmp_path, first):
    root = write_set(tmp_path, FLAT, [c + first for c in range(CLASSES)])
    assert ImageNetLT(root).metainfo['classes'][3] == 'animal 3'


@pytest.mark.parametrize('first', [0, 1])
def test_an_index_in_another_order_is_refused_where_no_folder_decides(tmp_path, first):
    root = write_set(tmp_path, FLAT, ORDER + first)
    moved = int((np.arange(CLASSES) != ORDER).sum())
    message = (
        rf'labels.txt, line \d+: .* has number \d+, but .* makes it \d+ \({moved} of 12 classes '
        r'differ\), and no class folder in .*train.txt tells.*Give each class its place'
    )
    with pytest.raises(ValueError, match=message):
        ImageNetLT(root)
    with pytest.raises(ValueError, match=message):
        read_image_source(f'{root}/ImageNet_LT_train.txt', f'{root}/labels.txt')
    # The remedies.
    given = ImageNetLT(root, classes=[name(int(np.argsort(ORDER)[c])) for c in range(CLASSES)])
    assert len(given) == len(FLAT)
    write_set(tmp_path, FLAT, range(CLASSES))
    assert ImageNetLT(root).metainfo['classes'][3] == 'animal 3'


@pytest.mark.parametrize(
    'path',
    [
        'train/n{label:02d}/{i}.jpg',
        'animal_{label}/{i}.jpg',
        '/elsewhere/animal {label}/{i}.jpg',
        'flat/n{label:02d}_{i}.JPEG',  # ImageNet's file names
    ],
)
def test_folders_that_decide_for_the_ids(tmp_path, path):
    root = write_set(tmp_path, lines_of(path), ORDER)
    assert ImageNetLT(root).metainfo['classes'][3] == 'animal 3'
    read_image_source(f'{root}/ImageNet_LT_train.txt', f'{root}/labels.txt')


def test_one_folder_and_the_training_list_decide(tmp_path):
    moved = int(np.flatnonzero(np.arange(CLASSES) != ORDER)[0])
    lines = FLAT + lines_of('a/n{label:02d}/{i}.jpg', [moved])
    root = write_set(tmp_path, lines, ORDER)
    (tmp_path / 'ImageNet_LT_val.txt').write_text('\n'.join(FLAT))
    assert len(ImageNetLT(root, split='val')) == len(FLAT)


@pytest.mark.parametrize(
    'numbers,label',
    [
        ([*range(11), 10], 11),  # twice
        ([*range(5), *range(6, 13)], 5),  # a gap
        ([*range(11), 900], 11),
        ([7 * c + 40 for c in range(CLASSES)], 0),  # a part of a larger set
        ([0] * CLASSES, 1),
    ],
)
def test_an_index_that_is_no_place(tmp_path, numbers, label):
    root = write_set(tmp_path, FLAT, numbers)
    match = rf"labels.txt, line \d+: 'n{label:02d}' has number {numbers[label]}, .* it {label} "
    with pytest.raises(ValueError, match=match):
        ImageNetLT(root)
    write_set(tmp_path, lines_of('n{label:02d}/{i}.jpg'), numbers)
    assert len(ImageNetLT(root)) == len(FLAT)


@pytest.mark.parametrize('path', ['train/n{label:02d}/{i}.jpg', 'animal_{label}/{i}.jpg'])
def test_folders_that_follow_the_index_are_refused(tmp_path, path):
    lines = [f'{path.format(label=c, i=i)} {ORDER[c]}' for c in range(CLASSES) for i in range(3)]
    root = write_set(tmp_path, lines, ORDER)
    with pytest.raises(ValueError, match=r"train.txt gives '.*labels.txt, sorted by its first"):
        ImageNetLT(root)
    with pytest.raises(ValueError, match=r"train.txt gives '.*labels.txt, sorted by its first"):
        read_image_source(f'{root}/ImageNet_LT_train.txt', f'{root}/labels.txt')
    classes = [name(int(c)) for c in np.argsort(ORDER)]
    assert len(ImageNetLT(root, classes=classes)) == len(lines)
    with pytest.raises(ValueError, match='but the order of the given classes makes it'):
        ImageNetLT(root, classes=[name(c) for c in range(CLASSES)])


@pytest.mark.parametrize('numbers', [range(CLASSES), ORDER])
def test_shards_that_look_like_ids_decide_nothing(tmp_path, numbers):
    lines = [
        f'{(3 * y + i) % CLASSES:02d}/{i}-{y}.jpg {y}' for y in range(CLASSES) for i in range(7)
    ]
    root = write_set(tmp_path, lines, numbers, key='{:02d}')
    if numbers is ORDER:
        with pytest.raises(ValueError, match='no class folder'):
            ImageNetLT(root)
    else:
        assert len(ImageNetLT(root)) == len(lines)


@pytest.mark.parametrize('called', ['train', 'images', 'n05'])
@pytest.mark.parametrize('above', ['', 'data/'])
def test_a_class_called_like_the_folder_of_all_images(tmp_path, called, above):
    lines = lines_of(f'{above}{called}/' + '{label}_{i}.jpg')
    root = write_set(tmp_path, lines, range(CLASSES))
    labels = (tmp_path / 'labels.txt').read_text().replace('animal_7\n', f'{called}\n')
    (tmp_path / 'labels.txt').write_text(labels)
    assert len(ImageNetLT(root)) == len(lines)
    # Class folders of others beside it still count.
    (tmp_path / 'ImageNet_LT_train.txt').write_text(
        '\n'.join(lines + lines_of(f'{above}{called}/' + 'n{label:02d}/{i}.jpg', [1, 2, 3]))
    )
    assert len(ImageNetLT(root)) == len(lines) + 9


def test_one_wrong_line_among_class_folders(tmp_path):
    lines = lines_of('train/n{label:02d}/{i}.jpg', each=9)
    lines[20] = lines[20].rsplit(' ')[0] + ' 11'
    root = write_set(tmp_path, lines, range(CLASSES))
    with pytest.raises(
        ValueError, match=r"'train/n02' label 11, but .* makes it \[2\].*'train/n02/2.jpg'"
    ):
        ImageNetLT(root)


def test_a_collecting_folder_beside_class_folders():
    classes = NumberedClasses('c', [('other',), ('ox',), ('fox',), ('cow',)])
    paths = ['other/1', 'other/2', 'other/3', 'ox/4', 'fox/5']
    labels = np.array([3, 3, 1, 1, 2])
    assert check_class_folders('list', paths, labels, classes) == {1, 2}


def test_names_are_compared_in_one_normal_form(tmp_path):
    classes = NumberedClasses('c', [('ox',), ('\u00e9lan_du_nord',)])
    folder = unicodedata.normalize('NFD', '\u00e9lan du nord')
    assert check_class_folders('list', [f'{folder}/1'], np.array([1]), classes) == {1}
    with pytest.raises(ValueError, match=r'label 0, but c makes it \[1\]'):
        check_class_folders('list', [f'{folder}/1'], np.array([0]), classes)


def test_inat_lists_where_ids_are_not_places(tmp_path):
    def read(ids, text, **kwargs):
        categories = [dict(id=i, name=f'Genus {i}') for i in ids]
        (tmp_path / 'categories.json').write_text(json.dumps(categories))
        (tmp_path / 'iNaturalist18_train.txt').write_text(text)
        return INaturalist2018(str(tmp_path), **kwargs)

    flat, folders = 'a.jpg 0\nb.jpg 1\nc.jpg 2\n', 'A/2/a.jpg 0\nB/0/b.jpg 1\n'
    assert len(read([0, 1, 2], flat)) == len(read([1, 2, 3], flat)) == 3
    assert len(read([2, 0, 1], folders)) == 2
    assert len(read([0, 1, 2], folders)) == 2  # numbered anew
    assert len(read([5, 3, 9], flat)) == 3  # no label is an id
    with pytest.raises(ValueError, match="categories.json, category 0 of its list: '2' has number"):
        read([2, 0, 1], flat)
    with pytest.raises(ValueError, match=r"'A/2' label 0, but .*categories.json makes it \[1\]"):
        read([1, 2, 0], folders)
    with pytest.raises(
        ValueError, match=r"'Genus 2' label 0, but .*categories.json makes it \[2\]"
    ):
        read([0, 1, 2], 'Genus 2/a.jpg 0\n')
    assert len(read([2, 0, 1], flat, classes=['a', 'b', 'c'])) == 3
