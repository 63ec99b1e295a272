"""Folders and lists as sources of images and classes."""

import pytest

from vlltr_mm.apis.list_making.image_source import read_image_source


@pytest.fixture
def root(tmp_path):
    for name in ('b fox/x/2.JPG', 'b fox/1.png', 'a sea/3.webp', 'a sea/notes.txt', 'top.jpg'):
        path = tmp_path / 'images' / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text('')
    return tmp_path


def write(folder, name, text):
    (folder / name).write_text(text)
    return str(folder / name)


def test_folder(root):
    source = read_image_source(str(root / 'images'))
    assert source.paths == ['a sea/3.webp', 'b fox/1.png', 'b fox/x/2.JPG']
    assert source.labels.tolist() == [0, 1, 1]
    assert source.names == ['a sea', 'b fox'] and source.ids == ['c0', 'c1']
    assert source.counts.tolist() == [1, 2]


def test_names_that_text_has_in_place_of_folders(root):
    (root / 'images/a sea').rename(root / 'images/001.a_sea')
    (root / 'images/b fox').rename(root / 'images/002.b_fox')
    source = read_image_source(str(root / 'images'))
    assert source.names == ['001.a_sea', '002.b_fox'] and source.classes == ['a sea', 'b fox']
    (root / 'images/002.b fox').mkdir()
    with pytest.raises(ValueError, match="'002.b fox' and class 2 '002.b_fox' would both be read"):
        read_image_source(str(root / 'images'))


def test_folder_with_labels_file(root):
    labels = write(root, 'l.txt', 'n3 0 a sea\nn1 1 ox\nn2 2 b fox\n')
    source = read_image_source(str(root / 'images'), labels)
    assert source.names == ['ox', 'b fox', 'a sea']
    assert source.ids == ['n1', 'n2', 'n3']
    assert source.labels.tolist() == [2, 1, 1]
    assert source.counts.tolist() == [0, 2, 1]
    (root / 'images/b fox').rename(root / 'images/n2')
    again = read_image_source(str(root / 'images'), labels)
    assert again.labels.tolist() == [2, 1, 1]


def test_list(root):
    path = write(root, 'a.txt', 'val/fox/1.jpg 1\nx/sea/2.jpg 0\nfox/3 4 1\n')
    source = read_image_source(path)
    assert source.names == ['sea', 'fox']
    assert source.paths[2] == 'fox/3 4' and source.labels.tolist() == [1, 0, 1]
    labels = write(root, 'l.txt', 'n1 0 ox\nn2 2 fox\nn3 0 cow\n')
    source = read_image_source(path, labels)
    assert source.names == ['ox', 'fox', 'cow']
    assert source.counts.tolist() == [1, 2, 0]


def test_ids_sort_in_label_order(root):
    path = write(root, 'a.txt', ''.join(f'k{i}/x {i}\n' for i in range(12)))
    source = read_image_source(path)
    assert source.ids == sorted(source.ids) and source.ids[10] == 'c10'


@pytest.mark.parametrize(
    'text,match',
    [
        ('a/1 0\nb/2 0\n', "label 0 has images in folder 'b', but also in 'a'"),
        ('1.jpg 0\n', 'label 0 .*the name is empty.*labels_file'),
        ('a/1 0\nb/2 2\n', 'no image of class 1.*labels_file'),
        ('a/1 0\nb/2 9999999\n', 'no image of class 1.*labels_file'),
        ('train/1 0\ntrain/2 1\n', "'train' has images of the labels 0 and 1, so.*labels_file"),
    ],
)
def test_lists_that_do_not_name_classes(root, text, match):
    with pytest.raises(ValueError, match=match):
        read_image_source(write(root, 'a.txt', text))


@pytest.mark.parametrize(
    'text,match',
    [
        ('n1 0 a_sea\nn2 0 b fox\n', "l.txt has 0 classes for the folder 'a sea'"),
        ('n1 0 a sea\nn2 0 b fox\nn3 0 a sea\n', '2 classes for the folder'),
    ],
)
def test_labels_file_of_other_folders(root, text, match):
    with pytest.raises(ValueError, match=match):
        read_image_source(str(root / 'images'), write(root, 'l.txt', text))


def test_other_errors(root):
    path = write(root, 'a.txt', 'a/1 0\nb/2 1\n')
    with pytest.raises(ValueError, match='line 2: label 1 is out of range'):
        read_image_source(path, write(root, 'l.txt', 'n1 0 a\n'))
    with pytest.raises(FileNotFoundError, match='none.txt'):
        read_image_source(str(root / 'none.txt'))
    (root / 'empty' / 'a').mkdir(parents=True)
    with pytest.raises(ValueError, match="empty' has no image.*.jpg"):
        read_image_source(str(root / 'empty'))
    (root / 'flat').mkdir()
    (root / 'flat/a.jpg').touch()
    with pytest.raises(ValueError, match="flat' has no folder; make one per class"):
        read_image_source(str(root / 'flat'))


def test_folders_in_another_normal_form(root):
    folder = root / 'images' / 'e\u0301lan'
    folder.mkdir()
    (folder / '1.jpg').touch()
    source = read_image_source(str(root / 'images'))
    assert source.names[2] == '\u00e9lan' and source.paths[-1] == 'e\u0301lan/1.jpg'
    labels = write(root, 'l.txt', 'n1 0 a sea\nn2 1 b fox\nn3 2 \u00e9lan\n')
    assert read_image_source(str(root / 'images'), labels).labels.tolist() == source.labels.tolist()
