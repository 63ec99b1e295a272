"""Files of class names, as people write them."""

import json

import pytest
from mmengine.dataset import ConcatDataset, RepeatDataset

from vlltr_mm.datasets import ImageNetLT, PlacesLT
from vlltr_mm.datasets.long_tailed.label_files import (
    read_categories,
    read_coco_list,
    read_labels_file,
    read_places_categories,
)
from vlltr_mm.utils.dataset_facts import read_listed_classes


def write(tmp_path, content, name='labels.txt'):
    path = tmp_path / name
    if not isinstance(content, (str, bytes)):
        content = json.dumps(content)
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return str(path)


@pytest.mark.parametrize(
    'line',
    [
        'n01 0 tench, Tinca tinca',
        'n01\t0\ttench, Tinca tinca',
        ' n01  0  tench, Tinca tinca  ',
        'n01 1 tench, Tinca tinca',
        'n01 001 tench, Tinca tinca',
    ],
)
def test_lines_that_people_write(tmp_path, line):
    for text in (line, f'\ufeff{line}\n', f'\r\n{line}\r\n'):
        assert read_labels_file(write(tmp_path, text)) == [('n01', 'tench, Tinca tinca')]


def test_two_classes_of_one_name_and_normal_forms(tmp_path):
    path = write(tmp_path, 'n3 1 crane\nn1 3 e\u0301lan\nn2 2 crane\n\ufeffn4 0 7\n')
    rows = [('n1', '\u00e9lan'), ('n2', 'crane'), ('n3', 'crane'), ('n4', '7')]
    assert read_labels_file(path) == rows


@pytest.mark.parametrize(
    'line,remedy',
    [
        ('n02 tench, Tinca tinca', "write the index.*'n01440764 0 tench"),
        ('n02 tench', 'write the index'),
        ('id index name', 'There is no header'),
        ('wnid\tindex\tname', 'There is no header'),
        ('# id 0 name', 'is a comment.*remove it'),
        ('#n02 0 fox', 'is a comment'),
        ('n02,1,kit fox', "write 'n02 1 kit fox'"),
        ('n02, 1, kit fox', "write 'n02 1 kit fox'"),
        ('"n02";"1";"kit fox"', "write 'n02 1 kit fox'"),
        ('n02 1 "kit fox"', 'remove the quotation marks'),
        ('"n02" 1 fox', 'remove the quotation marks'),
        ('n02\t1\tfox\tVulpes\t50', "remove the columns after the name 'fox'"),
        ('n02 -1 fox', 'write the index'),
        ('n02 1.0 fox', 'write the index'),
        ('n02 １ fox', 'write the index'),
        ('n02 1_0 fox', 'write the index'),
        ('n02 99999999999999999999 fox', 'write the index'),
        ('n02 ' + '9' * 5000 + ' fox', 'write the index'),
        ('1 great white shark', 'correct the line'),
        ('fox', 'correct the line'),
        ('n01 1 fox', 'the id of line 1'),
    ],
)
def test_lines_that_name_no_class(tmp_path, line, remedy):
    text = f'n01 0 tench\n\n{line}\nn09 x fox\n'
    with pytest.raises(ValueError, match=f'labels.txt, line 3: .*{remedy}'):
        read_labels_file(write(tmp_path, text))


@pytest.mark.parametrize(
    'content', ['n01 0 fox'.encode('utf-16'), 'n01 0 \u00e9lan'.encode('latin-1'), b'n01 0 f\0x']
)
def test_other_encodings(tmp_path, content):
    with pytest.raises(ValueError, match='labels.txt, line 1: .*Save it as UTF-8'):
        read_labels_file(write(tmp_path, content))


def test_names_of_a_data_set(tmp_path):
    write(tmp_path, 'train/n01/a.jpg 0\ntrain/n02/b.jpg 1\n', 'ImageNet_LT_train.txt')
    write(tmp_path, 'n01 0 fox\nn02 1 _\n')
    root = str(tmp_path)
    with pytest.raises(ValueError, match="labels.txt: Nothing is left of '_', the name of class 1"):
        ImageNetLT(root)
    assert ImageNetLT(root, classes=['e\u0301lan ', 'b']).metainfo['classes'] == ('\u00e9lan', 'b')
    for names in (['a', ''], ['a', 3], ['a', None], ['a', 'b\nc'], 'ab', []):
        metainfo = dict(classes=names) if names != 'ab' else dict(classes={'a': 0})
        with pytest.raises(ValueError, match='ImageNetLT, classes'):
            ImageNetLT(root, metainfo=metainfo)
    with pytest.raises(ValueError, match='class_counts has 3 counts for 2 classes'):
        ImageNetLT(root, metainfo=dict(classes=['a', 'b'], class_counts=(1, 2, 3)))
    with pytest.raises(ValueError, match='class_counts must be a list of integers'):
        ImageNetLT(root, metainfo=dict(classes=['a', 'b'], class_counts=(1, 2.5)))


def test_names_are_those_that_the_text_tower_reads(tmp_path):
    lines = 'train/001.Red_fox/a.jpg 0\ntrain/002.T-shirt/b.jpg 1\n'
    write(tmp_path, lines, 'ImageNet_LT_train.txt')
    write(tmp_path, 'c0 0 001.Red_fox\nc1 1 002.T-shirt\n')
    dataset = ImageNetLT(str(tmp_path))
    assert dataset.metainfo['classes'] == ('Red fox', 'T-shirt')
    assert dataset.listed_classes == ('001.Red_fox', '002.T-shirt')
    assert read_listed_classes(RepeatDataset(dataset, 2)) == dataset.listed_classes
    wrapped = ConcatDataset([dataset, dataset])
    assert read_listed_classes(wrapped) == dataset.listed_classes
    given = ImageNetLT(str(tmp_path), classes=['001.Red_fox', '002.T-shirt'])
    assert given.metainfo['classes'] == ('001.Red_fox', '002.T-shirt')
    assert read_listed_classes(given) is None
    # folders still tell whether labels follow the names that are listed
    write(tmp_path, lines.replace(' 1', ' 2').replace(' 0', ' 1').replace(' 2', ' 0'), 'b.txt')
    with pytest.raises(ValueError, match="'train/001.Red_fox' label 1"):
        ImageNetLT(str(tmp_path), ann_file='b.txt', train_ann_file='ImageNet_LT_train.txt')
    write(tmp_path, 'c0 0 red_fox\nc1 1 red fox\n')
    with pytest.raises(ValueError, match="labels.txt: Class 0 'red_fox' and class 1 'red fox'"):
        ImageNetLT(str(tmp_path))


def test_absolute_paths_and_addresses_stay(tmp_path):
    root = str(tmp_path)
    write(tmp_path, 'n01 0 fox\n')
    lines = ['/disk/n01/a.jpg 0', 'b.jpg 0', 's3://bucket/c.jpg 0']
    write(tmp_path, '\n'.join(lines), 'ImageNet_LT_train.txt')
    for prefix, joined in (('', 'b.jpg'), ('images', 'images/b.jpg')):
        dataset = ImageNetLT(root, data_prefix=prefix)
        paths = [dataset.get_data_info(i)['img_path'] for i in range(3)]
        assert paths == ['/disk/n01/a.jpg', f'{root}/{joined}', 's3://bucket/c.jpg']
    # Places365's own lists begin at the folder of the images.
    write(tmp_path, '/a/fox/a.jpg 0', 'ImageNet_LT_train.txt')
    (tmp_path / 'a/fox').mkdir(parents=True)
    write(tmp_path, '', 'a/fox/a.jpg')
    assert ImageNetLT(root).get_data_info(0)['img_path'] == f'{root}//a/fox/a.jpg'


def test_names_of_places(tmp_path):
    root = str(tmp_path)
    for text in (
        'train/bow/indoor/1.jpg 0\ntrain/airfield/1.jpg 1\n',
        '/b/bow/indoor/1.jpg 0\n/a/airfield/1.jpg 1\n',
        f'{root}/train/bow/indoor/1.jpg 0\n{root}/train/airfield/1.jpg 1\n',
    ):
        write(tmp_path, text, 'Places_LT_train.txt')
        assert PlacesLT(root).metainfo['classes'] == ('bow indoor', 'airfield')
    for text, match in (
        ('train/1.jpg 0\ntrain/2.jpg 1\n', "label 0 has images in 'train', and so has label 1"),
        ('1.jpg 0\n', "images in '', which does not tell their place"),
        ('/disk/train/airfield/1.jpg 0\n', "'/disk/train/airfield', which does not tell"),
        ('train/a/1.jpg 0\ntrain/b/2.jpg 9999999\n', 'no image of class 1, so its name'),
    ):
        write(tmp_path, text, 'Places_LT_train.txt')
        with pytest.raises(ValueError, match=f'Places_LT_train.txt.*{match}'):
            PlacesLT(root)


@pytest.mark.parametrize(
    'text,match',
    [
        ('/a/arch 0\n/b/bow 1\n/a/arch 2\n', "the name 'arch' 2 times"),
        ('/a/arch 0\n/a/a-b 1\n/a/a_b 2\n', "the name 'a b' 2 times"),
        ('/a/arch 0\n/b/bow 0\n', 'the index 0 2 times'),
        ('/a/arch 0\n/b/bow\n', 'line 2'),
        ('/a/arch 0\n/b/ 1\n', 'the name of class 1'),
    ],
)
def test_bad_categories_of_places(tmp_path, text, match):
    with pytest.raises(ValueError, match=f'categories.txt.*{match}'):
        read_places_categories(write(tmp_path, text, 'categories.txt'))


ONE = dict(id=0, name='Vulpes')
BAD_IDS = [1.7, True, None, '1', -1, 2**63, 10**30, [1], {}]


@pytest.mark.parametrize(
    'content,match',
    [([ONE, dict(id=value, name='Grus')], 'category 1 of its list, id is') for value in BAD_IDS]
    + [([ONE, dict(id=1, name=v)], 'category 1 of its list, name is') for v in (3, None, ' ', [])]
    + [
        ([ONE, dict(id=1, name='a\0')], 'it must be some text'),
        ([ONE, dict(id=1, name='a\nb')], 'it must be one line'),
        ([ONE, dict(id=0, name='Grus')], "2 categories, but 1 .*0 is that of 'Vulpes' and of 'Gr"),
        ([ONE, 'Grus'], 'category 1 of its list'),
        ([ONE, None], 'category 1 of its list'),
        (dict(categories=[ONE]), 'must hold a list of objects'),
        ([], 'must hold a list of objects'),
    ],
)
def test_bad_categories_of_inat(tmp_path, content, match):
    with pytest.raises(ValueError, match=f'categories.json.*{match}'):
        read_categories(write(tmp_path, content, 'categories.json'))


def test_categories_in_another_normal_form(tmp_path):
    content = [dict(id=4, name='e\u0301'), dict(id=2.0, name='\u00e9', genus='x')]
    names, index_of = read_categories(write(tmp_path, content, 'categories.json'))
    assert names == ['\u00e9', '\u00e9'] and index_of == {4: 0, 2: 1}


def coco(image=None, annotation=None, **parts):
    images = [dict(id=7, file_name='a'), dict(id=3, file_name='b')]
    annotations = [dict(image_id=3, category_id=1), dict(image_id=7, category_id=0)]
    annotations[0].update(annotation or {})
    images[1].update(image or {})
    return dict(dict(images=images, annotations=annotations), **parts)


@pytest.mark.parametrize(
    'content,match',
    [(coco(annotation=dict(category_id=v)), 'annotation 0 of its list, c') for v in BAD_IDS]
    + [(coco(image=dict(id=v)), 'image 1 of its list, id') for v in (1.7, True, None, [1], {})]
    + [(coco(annotation=dict(image_id=v)), 'annotation 0 of its list, im') for v in (1.5, {}, None)]
    + [
        (coco(annotation=dict(image_id='3')), 'image 3 has no annotation'),
        (coco(annotation=dict(image_id=7)), 'image 3 has no annotation'),
        (coco(image=dict(id=7)), 'image 3 has an annotation, no entry'),
        (coco(annotations=coco()['annotations'] * 2), '4 annotations, several of image 3'),
        (coco(images=coco()['images'] * 2), '4 images of 2 ids .* several of image 7'),
        (coco(annotation=dict(category_id=10**9)), 'category_id 1000000000, which is no index'),
        (coco(images={}), "no lists 'images' and 'annotations'"),
        (coco(images=[], annotations=[]), 'has no image'),
        (coco(images=[None]), 'image 0 of its list'),
        ([coco()], "no lists 'images' and 'annotations'"),
    ],
)
def test_bad_lists_of_inat(tmp_path, content, match):
    with pytest.raises(ValueError, match=f'train.json.*{match}'):
        read_coco_list(write(tmp_path, content, 'train.json'))


@pytest.mark.parametrize('value', [3, None, '', ' ', 'a\0b', ['a'], True])
def test_bad_file_names(tmp_path, value):
    content = coco(image=dict(file_name=value))
    with pytest.raises(ValueError, match='train.json: image 1 of its list, file_name is'):
        read_coco_list(write(tmp_path, content, 'train.json'))


def test_image_ids_may_be_text(tmp_path):
    content = coco(image=dict(id='3b'), annotation=dict(image_id='3b', category_id=2.0))
    paths, labels = read_coco_list(write(tmp_path, content, 'train.json'))
    assert paths == ['a', 'b'] and labels.tolist() == [0, 2]
