"""Lists that the data set reads back to the same table."""

import os

import numpy as np
import pytest
from image_files import encode

from vlltr_mm.apis.list_making.held_out_split import hold_out
from vlltr_mm.apis.list_making.image_table import read_image_table
from vlltr_mm.apis.list_making.list_writing import write_lists
from vlltr_mm.datasets import ImageNetLT
from vlltr_mm.datasets.long_tailed.label_files import read_labels_file

ODD = {
    'spaces': ['a b', 'a c d', 'b'],
    'unicode': ['\u00e9lan', '\u72ac', 'zebra', '\U0001f40d'],
    'numbers': ['1', '2', '10', '007'],
    'leading numbers': ['3 toed sloth', '10 lined june beetle', '2024'],
    'like ids': ['c0', 'c1', 'x y', 'cc2'],
    'ids of others': ['c2', 'd e', 'zz'],
    'signs': ["cat's", 'a,b', 'a;b', '50%', 'x=y', '(old)', 'a#b', 'Q&A'],
    'underscores': ['aquarium_fish', 'oak tree', '_x'],
    'many': [str(i) for i in range(12)],
    'capitals': ['Zebra', 'apple', 'Apple pie'],
}


def make(root, folders, images=5):
    for own in folders:
        for i in range(images):
            path = root / own / f'im age {i}.jpg'
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(f'{own} {i}'.encode())
    return hold_out(read_image_table(str(root)))


def read_back(table, out, split):
    return ImageNetLT(
        data_root=str(out),
        data_prefix=table.root,
        ann_file=f'{split}.txt',
        train_ann_file='train.txt',
        split=split,
        pipeline=[],
    )


def check_same(table, out):
    for split in ('train', 'val', 'test'):
        own = np.flatnonzero(table.splits == split)
        dataset = read_back(table, out, split)
        assert len(own) and dataset.get_gt_labels().tolist() == table.labels[own].tolist()
        paths = [dataset.get_data_info(i)['img_path'] for i in range(len(dataset))]
        assert paths == [table.full_path(i) for i in own] and all(map(os.path.isfile, paths))
        assert list(dataset.metainfo['classes']) == [
            n.replace('_', ' ').strip() for n in table.names
        ]
        assert dataset.metainfo['class_counts'] == tuple(table.counts_of('train').tolist())


@pytest.mark.parametrize('folders', ODD.values(), ids=ODD)
def test_round_trip(tmp_path, folders):
    table = make(tmp_path / 'images', folders)
    files = write_lists(table, str(tmp_path / 'out'))
    assert files == {
        own: str(tmp_path / f'out/{own}.txt') for own in ('train', 'val', 'test', 'labels')
    }
    check_same(table, tmp_path / 'out')
    # And by the reader of tables, with names by place.
    lists = [files[split] for split in ('train', 'val', 'test')]
    again = read_image_table(table.root, lists, files['labels'])
    assert again.names == table.names
    order = [again.paths.index(path) for path in table.paths]
    assert (again.labels[order] == table.labels).all()
    assert (again.splits[order] == table.splits).all()


def test_round_trip_of_names_from_a_file(tmp_path):
    folders = ['n01', 'n02', 'n03']
    make(tmp_path / 'images', folders)
    (tmp_path / 'n.json').write_text('{"n01": "n", "n02": "tench, Tinca", "n03": "9 banded"}')
    table = hold_out(read_image_table(str(tmp_path / 'images'), names=str(tmp_path / 'n.json')))
    files = write_lists(table, str(tmp_path / 'out'))
    check_same(table, tmp_path / 'out')
    assert read_labels_file(files['labels']) == list(zip(folders, table.names))  # ids stay


def test_new_ids_are_no_folders_of_other_classes(tmp_path):
    make(tmp_path / 'images', ['c2', 'd e', 'zz'])
    (tmp_path / 'n.csv').write_text('c2,tench\nd e,eel\nzz,carp\n')
    table = hold_out(read_image_table(str(tmp_path / 'images'), names=str(tmp_path / 'n.csv')))
    files = write_lists(table, str(tmp_path / 'out'))
    check_same(table, tmp_path / 'out')
    assert [own for own, _ in read_labels_file(files['labels'])] == ['cc0', 'cc1', 'cc2']


def test_whole_paths_and_addresses(tmp_path):
    (tmp_path / 'else').mkdir()
    (tmp_path / 'else/1.jpg').write_bytes(encode())
    (tmp_path / 'in').mkdir()
    (tmp_path / 'in/train.txt').write_text(f'{tmp_path}/else/1.jpg a\ns3://x/y/2.jpg b\n')
    table = read_image_table(lists=[str(tmp_path / 'in/train.txt')])
    write_lists(table, str(tmp_path / 'out'))
    dataset = read_back(table, tmp_path / 'out', 'train')
    paths = [dataset.get_data_info(i)['img_path'] for i in range(2)]
    assert paths == [f'{tmp_path}/else/1.jpg', 's3://x/y/2.jpg']


def test_errors(tmp_path):
    table = make(tmp_path / 'images', ['a', 'b'])
    out = tmp_path / 'out'
    bare = read_image_table(str(tmp_path / 'images'))
    with pytest.raises(ValueError, match="'a/im age 0.jpg' has no split .10 of 10.; draw"):
        write_lists(bare, str(out))
    bare.splits[:] = 'test'
    with pytest.raises(ValueError, match='no image is in train'):
        write_lists(bare, str(out))
    table.names[1] = '"b"'
    with pytest.raises(ValueError, match='The line \'b 1 "b"\' cannot stand in .*quotation'):
        write_lists(table, str(out))
    table.names[1] = 'b'
    table.paths[-1] = 'b/x.jpg y.jpg '
    with pytest.raises(ValueError, match="y.jpg ' cannot stand in a list"):
        write_lists(table, str(out))
    assert not out.exists()  # nothing, or all
    table.paths[-1] = 'b/x.jpg'
    out.mkdir()
    (out / 'val.txt').write_text('old')
    table.splits[table.splits == 'val'] = 'train'
    with pytest.raises(FileExistsError, match='val.txt. exists, but no image is in val now'):
        write_lists(table, str(out))
    assert os.listdir(out) == ['val.txt']


def test_a_folder_that_bears_the_name_of_another_class(tmp_path):
    table = make(tmp_path / 'images', ['jaguar', 'x'])
    table.names[:] = ['car', 'jaguar']
    write_lists(table, str(tmp_path / 'ids'))  # the folder is the id of its class too
    table.ids[:] = ['k1', 'k2']
    with pytest.raises(ValueError, match="gives 'jaguar' label 0, but the class names makes it .1"):
        write_lists(table, str(tmp_path / 'out'))
    assert not (tmp_path / 'out').exists()
