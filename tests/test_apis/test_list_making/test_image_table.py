"""Lists of images in the forms that people have, and files of class names."""

import json

import pytest

from vlltr_mm.apis.list_making.image_table import read_image_table

PATHS = ('cat/1.jpg', 'cat/2.jpg', 'dog b/3.jpg', 'dog b/4 x.jpg')
COCO = dict(
    images=[dict(id=n, file_name=path) for n, path in enumerate(PATHS)],
    annotations=[dict(image_id=n, category_id=own) for n, own in enumerate((7, 7, 3, 3))],
    categories=[dict(id=7, name='tabby', supercategory='pet'), dict(id=3, name='hound')],
)


@pytest.fixture
def root(tmp_path):
    for path in PATHS:
        (tmp_path / 'im' / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / 'im' / path).write_bytes(b'x')
    return tmp_path


def read(root, text, names=None, lists=('a.txt',)):
    (root / 'a.txt').write_text(text)
    if names is not None:
        (root / 'n.txt').write_text(names)
    lists = [
        entry.replace('=', f'={root}/') if '=' in entry else str(root / entry) for entry in lists
    ]
    return read_image_table(str(root / 'im'), lists, names and str(root / 'n.txt'))


def rows(table):
    """Return path, id, name and split of each image."""
    return [
        (path, table.ids[label], table.names[label], split)
        for path, label, split in zip(table.paths, table.labels.tolist(), table.splits.tolist())
    ]


@pytest.mark.parametrize(
    'text,expected',
    [
        ('cat/1.jpg 0\n\ndog b/4 x.jpg 1\n', ['0 cat ', '1 dog b ']),
        ('im/cat/1.jpg 10\nim/dog b/4 x.jpg 9\n', ['10 cat ', '9 dog b ']),
        ('./cat/1.jpg tabby cat\ndog b/4 x.jpg hound\n',
         ['tabby cat tabby cat ', 'hound hound ']),
        ('cat/1.jpg cat 1\ndog b/4 x.jpg cat 2\n', ['cat 1 cat 1 ', 'cat 2 cat 2 ']),
        ('cat/1.jpg,tabby\ndog b/4 x.jpg,hound\n', ['tabby tabby ', 'hound hound ']),
        ('tabby\ttrain\tcat/1.jpg\nhound\ttrain\tdog b/4 x.jpg\n',
         ['tabby tabby train', 'hound hound train']),
        ('train\tcat/1.jpg\t0\ntrain\tdog b/4 x.jpg\t1\n', ['0 cat train', '1 dog b train']),
        ('\ufeffImage Path;Class;Split\r\ncat/1.jpg;"a ""x""; b";Train\r\ndog b/4 x.jpg;c;\r\n',
         ['a "x"; b a "x"; b train', 'c c ']),
        (',id,breed,note\n0,cat/1,tabby,"1, 2"\n1,dog b/4 x,hound,\n',
         ['tabby tabby ', 'hound hound ']),
        ('label,class_name,filename\n4.0,tabby,cat/1.jpg\n5.0,hound,dog b/4 x.jpg\n',
         ['4 tabby ', '5 hound ']),
        ('path\tlabel\tis_valid\ncat\\1.jpg\t0\tFalse\ndog b\\4 x.jpg\t1\t0\n',
         ['0 cat train', '1 dog b train']),
        ('file,species,is_val,is_test\ncat/1.jpg,a,0,0\ndog b/4 x.jpg,b,0,0\n',
         ['a a train', 'b b train']),
    ],
)  # fmt: skip
def test_forms_of_lists(root, text, expected):
    table = read(root, text)
    assert table.paths[0].removeprefix('im/') == 'cat/1.jpg'
    assert table.paths[1].removeprefix('im/') == 'dog b/4 x.jpg'
    assert [' '.join(row[1:]) for row in rows(table)] == expected
    assert table.root in (str(root), str(root / 'im'))
    assert all((root / 'im' / path).is_file() or (root / path).is_file() for path in table.paths)


def test_splits_of_a_table(root):
    text = 'image,category,subset\n' + ''.join(
        f'{path},x,{word}\n' for path, word in zip(PATHS, ('training', 'VALID', 'test', ''))
    )
    assert read(root, text).splits.tolist() == ['train', 'val', 'test', '']


def test_coco(root):
    table = read(root, json.dumps(COCO))
    assert table.ids == ['3', '7'] and table.names == ['hound', 'tabby']
    assert table.labels.tolist() == [1, 1, 0, 0] and table.paths == list(PATHS)
    again = read(root, json.dumps(COCO), '3,spitz\n7,lynx\n')
    assert again.names == ['spitz', 'lynx']


def test_coco_images_of_several_categories_are_left_out(root):
    more = [dict(image_id=0, category_id=7), dict(image_id=2, category_id=7)]
    images = [*COCO['images'], dict(id=9, file_name='none.jpg')]
    table = read(
        root, json.dumps({**COCO, 'images': images, 'annotations': COCO['annotations'] + more})
    )
    assert table.paths == [PATHS[0], PATHS[1], PATHS[3]]
    assert [note.partition(': ')[2] for note in table.left_out] == [
        f"images of several categories: 1, such as '{PATHS[2]}'",
        "images without annotation: 1, such as 'none.jpg'",
    ]


@pytest.mark.parametrize(
    'changes,match',
    [
        (dict(images=5), 'images is 5; it must be a list'),
        (dict(categories=[]), 'categories holds .*must hold a list'),
        (dict(categories=[dict(id=7, name='a')]), 'annotation 2 of its list is of category 3'),
        (dict(annotations=[dict(image_id=99, category_id=7)]), 'annotation 0 .* of image 99'),
        (dict(annotations=[]), 'no image with annotations of exactly one'),
        (dict(images=[*COCO['images'], dict(id=0, file_name='x')]), 'two images of the id 0'),
        (dict(categories=[dict(id=7, name='a b'), dict(id=3, name='a_b')]), "'3' and '7' are both"),
        (dict(categories=[dict(id=7, name='a'), dict(id=7, name='b')]), '2 categories, but 1 diff'),
    ],
)
def test_coco_errors(root, changes, match):
    with pytest.raises(ValueError, match=f'a.txt.*{match}'):
        read(root, json.dumps({**COCO, **changes}))


def test_several_lists(root):
    (root / 'train.csv').write_text('path,label\ncat/1.jpg,a\ndog b/3.jpg,b\n')
    (root / 'my_val2.txt').write_text('cat/2.jpg a\n')
    (root / 'b').write_text('dog b/4 x.jpg b\n')
    read(root, 'cat/1.jpg a\ncat/2.jpg a\ndog b/4 x.jpg b\n')
    table = read_image_table(
        str(root / 'im'), [f'{root}/train.csv', f'{root}/my_val2.txt', f'test={root}/b']
    )
    assert rows(table) == [
        ('cat/1.jpg', 'a', 'a', 'train'), ('dog b/3.jpg', 'b', 'b', 'train'),
        ('cat/2.jpg', 'a', 'a', 'val'), ('dog b/4 x.jpg', 'b', 'b', 'test'),
    ]  # fmt: skip
    both = read_image_table(str(root / 'im'), [f'all={root}/a.txt', f'val={root}/my_val2.txt'])
    assert both.splits.tolist() == ['', 'val', '']  # one of a split decides
    assert both.left_out == []
    with pytest.raises(ValueError, match='a.txt. tells no split; write train='):
        read_image_table(str(root / 'im'), [f'{root}/a.txt', f'{root}/train.csv'])
    with pytest.raises(ValueError, match="'foo' is no split. Write train=FILE"):
        read_image_table(str(root / 'im'), [f'foo={root}/a.txt'])
    with pytest.raises(ValueError, match="line 1: the image 'cat/2.jpg' has the split 'test'"):
        read_image_table(str(root / 'im'), [f'train={root}/a.txt', f'test={root}/my_val2.txt'])


def test_lists_of_several_folders(root):
    (root / 'a.txt').write_text('im/cat/1.jpg x\n')
    (root / 'im/b.txt').write_text(f'cat/2.jpg x\n{root}/im/dog b/3.jpg x\n/else/1.jpg x\n')
    table = read_image_table(lists=[f'train={root}/a.txt', f'val={root}/im/b.txt'])
    assert table.root == str(root)
    assert table.paths == ['im/cat/1.jpg', 'im/cat/2.jpg', 'im/dog b/3.jpg', '/else/1.jpg']
    alone = read_image_table(str(root / 'a.txt'))
    assert alone.root == str(root) and alone.paths == ['im/cat/1.jpg']


def test_an_image_that_is_listed_twice(root):
    table = read(root, 'cat/1.jpg a\n./cat/1.jpg a\n')
    assert table.paths == ['cat/1.jpg']
    assert table.left_out == ["lines of an image that is listed already: 1, such as 'cat/1.jpg'"]
    with pytest.raises(
        ValueError, match="line 2: .*cat/1.jpg' has the class 'b', but 'a' in .*e 1"
    ):
        read(root, 'cat/1.jpg a\n./cat/1.jpg b\n')


@pytest.mark.parametrize(
    'text,match',
    [
        ('', 'has no line'),
        ('path,label\n', 'has a header but no row'),
        ('path,label\ncat/1.jpg,a,b\n', r'line 2: .* has 3 fields, the header 2'),
        ('path,label\ncat/1.jpg,a\n\ncat/2.jpg,\n', "line 4: the column 'label' is empty"),
        ('path,label\n,a\n', "line 2: the column 'path' is empty"),
        ('path,label\ncat/1.jpg,"a"b\n', 'line 2: .*correct its quotation marks'),
        ('path,label,split\ncat/1.jpg,a,3\n', "line 2: '3' in the column 'split' is no split"),
        ('path,label,is_val\ncat/1.jpg,a,oh\n', "line 2: 'oh' .*'is_val'.*write true or false"),
        ('path,label,is_val,is_test\ncat/1.jpg,a,1,1\n', 'line 2: the image is of both test and'),
        ('path,path,label\nx,x,a\n', "line 1: the columns 'path' and 'path' may both"),
        ('path,label,set,fold\nx,a,val,1\n', "line 1: the columns 'set' and 'fold' may both"),
        ('path,species,category\nx,a,b\n', "'species' and 'category' may both tell the class"),
        ('path,class_id,class_name\nx.jpg,1,b\ny.jpg,1,c\n', "line 3: class 1 is called 'c' here"),
        ('pth,lbl\ncat/1.jpg,a\n', "first line is 'pth,lbl'. Write a header with one of path"),
        ('a.jpg,b.jpg\nc.jpg,d.jpg\n', 'is no list of images'),
        ('path label\ncat/1.jpg 0\n', "line 1: 'path label' is not 'path label' with"),
        ('# mine\ncat/1.jpg a\n', 'line 1: .*is a comment'),
        ('1.jpg 0\n2.jpg 1\n', "1.jpg' is neither in .*give the folder"),
        ('{"a": 1}', "has no 'images', 'annotations'"),
        ('[1]', 'it must be an object'),
    ],
)
def test_faults_of_lists(root, text, match):
    with pytest.raises((ValueError, FileNotFoundError), match=f'a.txt.*{match}'):
        read(root, text)


def test_numbers_that_no_folder_names(root):
    (root / 'im/5.jpg').write_bytes(b'x')
    with pytest.raises(ValueError, match='give a file of the class names'):
        read(root, '5.jpg 0\ncat/1.jpg 1\n')


def test_a_class_of_val_alone(root):
    with pytest.raises(ValueError, match="a.txt: the class 'b' has images in val, such as 'dog b/"):
        read(root, 'path,label,split\ncat/1.jpg,a,train\ndog b/3.jpg,b,val\n')


NAMED = [
    'n1 0 tabby cat\nn2 1 hound, dog\n',
    'Label,Class Name\n1,"hound, dog"\n0,tabby cat\n5,more\n',
    '0\ttabby cat\n1\thound, dog\n',
    '0;tabby cat\n1;hound, dog\n',
    '1 hound, dog\n000 tabby cat\n',
    'tabby cat\n\nhound, dog\n',
    '{"1": "hound, dog", "0": "tabby cat"}',
    '{"0": ["n01", "tabby cat"], "1": ["n02", "hound, dog"]}',
    '["tabby cat", "hound, dog", "more"]',
    '[{"id": 1, "name": "hound, dog"}, {"id": 0, "name": "tabby cat"}]',
    '{"categories": [{"id": 1, "name": "hound, dog"}, {"id": 0, "name": "tabby cat"}]}',
]


@pytest.mark.parametrize('names', NAMED)
def test_names_of_numbers(root, names):
    table = read(root, 'cat/1.jpg 0\ndog b/3.jpg 1\n', names)
    assert table.names == ['tabby cat', 'hound, dog'] and table.labels.tolist() == [0, 1]
    assert table.ids == (['n1', 'n2'] if names is NAMED[0] else ['0', '1'])
    assert len(table.left_out) == ('more' in names)


@pytest.mark.parametrize(
    'names',
    [
        'cat 0 tabby cat\nx 1 more\ndog_b 7 hound\n',
        'folder,name\ndog b,hound\ncat,tabby cat\n',
        'cat,tabby cat\ndog b,hound\n',
        'tabby cat\nhound\n',
        '{"dog b": "hound", "cat": "tabby cat"}',
    ],
)
def test_names_of_folders(root, names):
    (root / 'n.txt').write_text(names)
    table = read_image_table(str(root / 'im'), names=str(root / 'n.txt'))
    assert table.ids == ['cat', 'dog b'] and table.names == ['tabby cat', 'hound']
    assert table.labels.tolist() == [0, 0, 1, 1]
    in_order = "in order: 'cat' is 'tabby cat', …, 'dog b' is 'hound'"
    assert any(in_order in note for note in table.left_out) == (names == 'tabby cat\nhound\n')


def test_names_that_are_the_folders_need_no_order(root):
    (root / 'n.txt').write_text('dog_b\ncat\n')
    table = read_image_table(str(root / 'im'), names=str(root / 'n.txt'))
    assert table.names == ['cat', 'dog_b']


@pytest.mark.parametrize(
    'names,match',
    [
        ('', 'has no line'),
        ('cat\nhound\nmore\n', 'has 3 names, but the images have 2 classes'),
        ('dog b\nspitz\n', "line 1: the name 'dog b' is that of the class 'dog b', but in"),
        ('same\nsame\n', "line 2: the classes 'cat' and 'dog b' are both called 'same'"),
        ('cat,a\ndog b,b\ncat,c\n', "line 3: the id 'cat' stands here and, as 'cat', in .*line 1"),
        ('id,name\ncat,a\n', "no name for the class 'dog b'.*1 of 2"),
        ('id,name\ncat,a,b\n', 'line 2: .* has 3 fields, the header 2'),
        ('id,name\ncat,a\n,b\n', "line 3: the name 'b' has no id"),
        ('id,name\ncat,a\ndog b,\n', "line 3: the name of the class 'dog b' is ''"),
        ('id,name\n', 'has a header but no row'),
        ('{"cat": "a", "dog b": 3}', "the name of 'dog b' is 3; it must be some text"),
        ('{}', 'has no class'),
        ('["a"]', 'has 1 names, but the images have 2'),
        ('[1, 2]', 'the name of class 0 is 1'),
        ('[{"id": 1, "name": "a"}, {"id": 1, "name": "b"}]', '2 categories, but 1 different'),
        ('id,name\ncat,dog b\nx,cat\n', "no name for the class 'dog b'|would name two classes"),
    ],
)
def test_faults_of_names(root, names, match):
    (root / 'n.txt').write_text(names)
    with pytest.raises(ValueError, match=f'n.txt.*({match})'):
        read_image_table(str(root / 'im'), names=str(root / 'n.txt'))


def test_numbers_are_places_among_the_ids_of_a_labels_file(root):
    names = 'n3 0 hound\nn1 1 tabby\nn2 2 lynx\n'
    (root / 'im/n3').mkdir()
    (root / 'im/n3/9.jpg').write_bytes(b'x')
    table = read(root, 'cat/1.jpg 0\nn3/9.jpg 2\n', names)
    assert table.ids == ['n1', 'n3'] and table.names == ['tabby', 'hound']
    assert table.labels.tolist() == [0, 1]
    with pytest.raises(ValueError, match='line 1: label 3 is out of range; .*n.txt has 3'):
        read(root, 'cat/1.jpg 3\n', names)
    with pytest.raises(ValueError, match="n.txt.*'n1' has number 1, but"):
        read(root, 'cat/1.jpg 0\ndog b/3.jpg 1\n', names)
