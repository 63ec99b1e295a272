"""The layouts of the long-tailed benchmarks."""

import json
from pathlib import Path

import pytest

from vlltr_mm.datasets import ImageNetLT, INaturalist2018, PlacesLT
from vlltr_mm.datasets.long_tailed import places_lt


def write(folder, **files):
    for name, text in files.items():
        path = folder / name.replace('__', '.')
        path.write_text(text if isinstance(text, str) else json.dumps(text))
    return str(folder)


@pytest.fixture
def imagenet(tmp_path):
    return write(
        tmp_path,
        labels__txt='n03 1 sea_lion\nn01 2 kit_fox\nn02 3 crane\n',
        ImageNet_LT_train__txt=('train/n01/a b.JPEG 0\ntrain/n01/c.JPEG 0\ntrain/n03/d.JPEG 2\n'),
        ImageNet_LT_val__txt='train/n02/e.JPEG 1\ntrain/n03/f.JPEG 2\n',
        ImageNet_LT_test__txt='val/n02/g.JPEG 1\n',
    )


def test_imagenet_layout(imagenet):
    train = ImageNetLT(imagenet)
    assert train.metainfo == dict(classes=('kit fox', 'crane', 'sea lion'), class_counts=(2, 0, 1))
    assert train.get_gt_labels().tolist() == [0, 0, 2]
    info = train.get_data_info(0)
    assert info['img_path'] == f'{imagenet}/train/n01/a b.JPEG'
    assert info['gt_label'] == 0 and not train.test_mode
    for split in ('val', 'test'):
        dataset = ImageNetLT(imagenet, split=split)
        assert dataset.metainfo == train.metainfo and dataset.test_mode
    assert not ImageNetLT(imagenet, split='val', test_mode=False).test_mode


def test_sources_of_the_training_counts(imagenet, tmp_path):
    write(tmp_path, other__txt='x 2\n', counts__json=[7, 8, 9])

    def counts(**kwargs):
        return ImageNetLT(imagenet, 'val', **kwargs).metainfo['class_counts']

    assert counts() == (2, 0, 1)
    assert counts(train_ann_file='other.txt') == (0, 0, 1)
    assert counts(class_counts='counts.json') == (7, 8, 9)
    assert counts(class_counts=[1, 2, 3]) == (1, 2, 3)
    assert counts(metainfo=dict(class_counts=(4, 4, 4))) == (4, 4, 4)
    (tmp_path / 'ImageNet_LT_train.txt').unlink()
    with pytest.raises(
        FileNotFoundError, match=r'train_class_counts.json.*train_ann_file \(usually Image'
    ):
        counts()
    write(tmp_path, ImageNet_LT_train_class_counts__json=[3, 2, 1])
    assert counts() == (3, 2, 1)
    with pytest.raises(ValueError, match='2 counts for 3 classes'):
        counts(class_counts=[1, 2])


def test_lists_beside_another_ann_file(imagenet, tmp_path):
    dataset = ImageNetLT('/elsewhere', ann_file=f'{imagenet}/ImageNet_LT_val.txt')
    assert dataset.metainfo['class_counts'] == (2, 0, 1)
    assert dataset.get_data_info(0)['img_path'] == ('/elsewhere/train/n02/e.JPEG')
    prefixed = ImageNetLT(imagenet, data_prefix='images')
    assert prefixed.get_data_info(2)['img_path'] == (f'{imagenet}/images/train/n03/d.JPEG')


def test_mmengine_semantics(imagenet):
    lazy = ImageNetLT(imagenet, lazy_init=True)
    assert not lazy._fully_initialized
    assert lazy.metainfo['class_counts'] == (2, 0, 1)
    assert len(lazy) == 3
    last = ImageNetLT(imagenet, indices=[2])
    assert last.get_gt_labels().tolist() == [2]
    assert last.metainfo['class_counts'] == (2, 0, 1)
    named = ImageNetLT(imagenet, classes=['a', 'b', 'c_d'])
    assert list(named.metainfo['classes']) == ['a', 'b', 'c_d']
    named = ImageNetLT(imagenet, metainfo=dict(classes=('a', 'b', 'c', 'd')))
    assert named.metainfo['class_counts'] == (2, 0, 1, 0)
    dataset = ImageNetLT(imagenet, serialize_data=False)
    assert dataset.get_gt_labels().tolist() == [0, 0, 2]
    assert dataset.get_subset([2]).get_gt_labels().tolist() == [2]
    dataset.get_subset_([1, 2])
    assert dataset.get_gt_labels().tolist() == [0, 2]


@pytest.mark.parametrize(
    'name,text,match',
    [
        ('ImageNet_LT_val__txt', 'a.jpg 1\nb.jpg\n', 'val.txt, line 2'),
        (
            'ImageNet_LT_val__txt',
            'a.jpg 1\nb.jpg 3\n',
            'val.txt, line 2: label 3 is out of range for 3 classes',
        ),
        ('ImageNet_LT_train__txt', 'b.jpg 3\n', 'train.txt, line 1: label 3'),
        (
            'ImageNet_LT_val__txt',
            'train/n01/a.jpg 1\n',
            r"'train/n01' label 1, but .*labels.txt.* makes it \[0\]",
        ),
        ('ImageNet_LT_val__txt', 'train/kit_fox/a.jpg 1\n', "'train/kit_fox'"),
        ('labels__txt', 'n01 fox\n', "labels.txt, line 1: 'n01 fox'"),
        ('labels__txt', 'n01 1 fox\nn01 2 dog\n', 'labels.txt, line 2'),
        ('labels__txt', '\n', 'labels.txt has no line'),
    ],
)
def test_bad_imagenet_files(imagenet, tmp_path, name, text, match):
    write(tmp_path, **{name: text})
    with pytest.raises(ValueError, match=match):
        ImageNetLT(imagenet, split='val')


def test_missing_files_and_splits(imagenet, tmp_path):
    (tmp_path / 'ImageNet_LT_test.txt').unlink()
    with pytest.raises(FileNotFoundError, match='ImageNet_LT_test.txt'):
        ImageNetLT(imagenet, split='test')
    with pytest.raises(FileNotFoundError, match='labels.txt.*labels_file'):
        ImageNetLT('/nowhere')
    with pytest.raises(ValueError, match="'dev'; allowed are 'train', 'val'"):
        ImageNetLT(imagenet, split='dev')
    with pytest.raises(ValueError, match="INaturalist2018: split is 'test'"):
        INaturalist2018(imagenet, split='test')


def test_a_name_of_two_classes_is_no_contradiction(tmp_path):
    root = write(
        tmp_path,
        labels__txt='c0 0 crane\nc1 1 sea\nc2 2 crane\n',
        ImageNet_LT_train__txt='train/crane/a 0\ntrain/crane/b 2\nx/sea/c 1',
    )
    assert len(ImageNetLT(root)) == 3


@pytest.fixture
def places(tmp_path):
    return write(
        tmp_path,
        Places_LT_train__txt=(
            'train/desert_road/a.jpg 0\ntrain/desert-sand/b.jpg 1\ntrain/arch/c.jpg 2\n'
        ),
        Places_LT_val__txt='train/arch/d.jpg 2\n',
        categories__txt='/d/desert/sand 0\n/d/desert_road 1\n/a/arch 2\n',
    )


def test_places_names_are_the_folders(places, monkeypatch):
    names = ('desert road', 'desert sand', 'arch')
    assert PlacesLT(places).metainfo['classes'] == names
    assert PlacesLT(places, 'val').metainfo == dict(classes=names, class_counts=(1, 1, 1))
    lines = []
    monkeypatch.setattr(places_lt, 'print_log', lambda message, **kwargs: lines.append(message))
    checked = PlacesLT(places, labels_file='categories.txt')
    assert checked.metainfo['classes'] == names
    assert len(lines) == 1 and '2 classes in another order' in lines[0]
    assert "'desert sand' (1, there 0)" in lines[0]


def test_bad_places_files(places, tmp_path):
    write(tmp_path, categories__txt='/a/arch 2\n/d/desert_road 0\n')
    with pytest.raises(ValueError, match="'desert sand', class 1.*categories"):
        PlacesLT(places, labels_file='categories.txt')
    write(tmp_path, Places_LT_val__txt='train/arch/d.jpg 1\n')
    with pytest.raises(ValueError, match="label 1.*'arch'"):
        PlacesLT(places, split='val')
    write(tmp_path, gap__txt='train/arch/d.jpg 1\n')
    (tmp_path / 'Places_LT_train.txt').unlink()
    with pytest.raises(ValueError, match='gap.txt has no image of class 0'):
        PlacesLT(places, ann_file='gap.txt')


def inat_json(**changes):
    content = dict(
        images=[
            dict(id=7, file_name='x/a.jpg'),
            dict(id=3, file_name='x/b.jpg'),
            dict(id=5, file_name='x/c.jpg'),
        ],
        annotations=[
            dict(image_id=3, category_id=1, id=0),
            dict(image_id=5, category_id=1, id=1),
            dict(image_id=7, category_id=0, id=2),
        ],
    )
    return {**content, **changes}


@pytest.fixture
def inat(tmp_path):
    return write(
        tmp_path,
        categories__json=[dict(id=0, name='Vulpes'), dict(id=1, name='Grus')],
        train2018__json=inat_json(),
        iNaturalist18_val__txt='x/v.jpg 1\n',
    )


def test_inat_joins_by_id(inat):
    train = INaturalist2018(inat)
    assert train.metainfo == dict(classes=('Vulpes', 'Grus'), class_counts=(1, 2))
    found = {
        Path(train.get_data_info(i)['img_path']).name: int(train.get_data_info(i)['gt_label'])
        for i in range(3)
    }
    assert found == {'a.jpg': 0, 'b.jpg': 1, 'c.jpg': 1}
    val = INaturalist2018(inat, split='val')
    assert val.get_gt_labels().tolist() == [1]
    assert val.metainfo == train.metainfo


def test_inat_category_ids_need_not_be_positions(inat, tmp_path):
    write(tmp_path, categories__json=[dict(id=1, name='Grus'), dict(id=0, name='Vulpes')])
    train = INaturalist2018(inat)
    assert train.metainfo['classes'] == ('Grus', 'Vulpes')
    assert train.get_gt_labels().tolist() == [1, 0, 0]


@pytest.mark.parametrize(
    'name,content,match',
    [
        ('train2018__json', inat_json(annotations=[]), 'image 3 has no annot'),
        ('train2018__json', inat_json(images=[]), 'image 3 has an annotation, no'),
        (
            'train2018__json',
            inat_json(images=inat_json()['images'] + [dict(id=7, file_name='d')]),
            '4 images of 3 ids',
        ),
        ('train2018__json', inat_json(images=[dict(id=7)]), "'file_name'"),
        ('train2018__json', [], 'train2018.json has no'),
        ('categories__json', [dict(id=0, name='Vulpes')], 'category_id 1, which .*categories.json'),
        ('categories__json', [dict(id=0, name='a'), dict(id=0, name='b')], '2 categories, but 1'),
        ('categories__json', [dict(id=0)], "no 'name'"),
    ],
)
def test_bad_inat_files(inat, tmp_path, name, content, match):
    write(tmp_path, **{name: content})
    with pytest.raises(ValueError, match=match):
        INaturalist2018(inat)


@pytest.mark.parametrize('kind', [ImageNetLT, PlacesLT, INaturalist2018])
def test_every_file_is_opened_once(kind, request, monkeypatch):
    fixture = dict(ImageNetLT='imagenet', PlacesLT='places', INaturalist2018='inat')
    root = request.getfixturevalue(fixture[kind.__name__])
    opened, real = [], open

    def logged(file, *args, **kwargs):
        opened.append(str(file))
        return real(file, *args, **kwargs)

    monkeypatch.setattr('builtins.open', logged)
    sets = [kind(root), kind(root, 'val'), kind(root, 'val', lazy_init=True), kind(root)]
    assert sets[0].get_gt_labels().tolist() == sets[3].get_gt_labels().tolist()
    names = [Path(path).name for path in opened if path.startswith(root)]
    assert sorted(names) == sorted(set(names))
    assert {sum('train' in n for n in names), sum('val' in n for n in names)} == {1}
