"""From any images to lists that ImageNetLT reads."""

import io
from pathlib import Path

import numpy as np
import pytest
from repo import REPO
from rich.console import Console

from vlltr_mm.apis.list_making.long_tail import LongTailConfig, make_long_tailed, print_long_tail
from vlltr_mm.apis.list_making.profiles import exponential_profile, pareto_profile
from vlltr_mm.datasets import ImageNetLT

DATA = REPO / 'data'
CONFIG = LongTailConfig(most=12, imbalance=6, val_per_class=2, test_per_class=3)


@pytest.fixture
def root(tmp_path):
    """Five classes of 20 images; the name of one looks like an id."""
    for name in ('ant', 'b_ee', 'c0', 'd [x]', 'elk'):
        folder = tmp_path / 'images' / name
        folder.mkdir(parents=True)
        for index in range(20):
            (folder / f'{index}.jpg').touch()
    return tmp_path


def read(root, split, **kwargs):
    return ImageNetLT(
        str(root / 'images'),
        ann_file=str(root / f'out/ImageNet_LT_{split}.txt'),
        train_ann_file='ImageNet_LT_train.txt',
        **kwargs,
    )


def test_the_data_set_reads_it(root):
    made = make_long_tailed(str(root / 'images'), str(root / 'out'), CONFIG)
    counts = exponential_profile(5, 12, 6)
    assert made.train_counts.tolist() == counts.tolist()
    seen = []
    for split, expected in (('train', counts), ('val', [2] * 5), ('test', [3] * 5)):
        dataset = read(root, split)
        assert np.bincount(dataset.get_gt_labels()).tolist() == list(expected)
        assert dataset.metainfo['classes'] == ('ant', 'b ee', 'c0', 'd [x]', 'elk')
        assert dataset.metainfo['class_counts'] == tuple(counts)
        seen += [dataset.get_data_info(i)['img_path'] for i in range(len(dataset))]
    assert len(set(seen)) == len(seen)
    assert all(Path(path).is_file() for path in seen)


def test_lists_beside_the_images_need_no_ann_file(root):
    make_long_tailed(str(root / 'images'), str(root / 'images'), CONFIG)
    assert len(ImageNetLT(str(root / 'images'), split='val')) == 10
    made = make_long_tailed(
        str(root / 'images/ImageNet_LT_test.txt'),
        str(root / 'less'),
        LongTailConfig(most=3, imbalance=1.5),
    )
    assert list(made.files.values()) == [3 + 2 + 2 + 2 + 2]


def test_order_and_profile(root):
    made = make_long_tailed(
        str(root / 'images'),
        str(root / 'out'),
        LongTailConfig(
            most=18,
            imbalance=9,
            profile='pareto',
            power=2,
            order=['elk', 'c0', 'ant', 'd [x]', 'b_ee'],
        ),
    )
    assert made.order.tolist() == [4, 2, 0, 3, 1]
    assert made.train_counts[made.order].tolist() == pareto_profile(5, 18, 9, 2).tolist()
    assert list(made.files) == [str(root / 'out/ImageNet_LT_train.txt')]
    assert read(root, 'train').metainfo['class_counts'][4] == 18


def test_the_seed_alone_decides(root):
    texts = []
    for name, seed in (('a', 0), ('b', 0), ('c', 1)):
        make_long_tailed(
            str(root / 'images'),
            str(root / name),
            LongTailConfig(most=12, imbalance=6, order='shuffled', seed=seed),
        )
        texts.append((root / name / 'ImageNet_LT_train.txt').read_text())
    assert texts[0] == texts[1] != texts[2]


def test_errors(root):
    images, out = str(root / 'images'), root / 'out'
    with pytest.raises(ValueError, match="profile is 'zipf'; allowed are 'exponential', 'pareto'"):
        make_long_tailed(images, str(out), LongTailConfig(9, profile='zipf'))
    with pytest.raises(
        ValueError,
        match=r"Class 0 'ant' has 20 images, but "
        r'16 \(train\) \+ 5',
    ):
        make_long_tailed(images, str(out), LongTailConfig(16, 2, val_per_class=5))
    assert not out.exists()
    out.mkdir()
    (out / 'ImageNet_LT_val.txt').touch()
    with pytest.raises(FileExistsError, match='val.txt.*another out'):
        make_long_tailed(images, str(out), LongTailConfig(5, 2))
    assert len(list(out.iterdir())) == 1


@pytest.mark.parametrize('name', ['"fox"', 'a\tb'])
def test_a_name_that_labels_txt_cannot_hold(root, name):
    (root / 'images/elk').rename(root / 'images' / name)
    with pytest.raises(ValueError, match='cannot stand in .*labels.txt: it is not.*Rename'):
        make_long_tailed(str(root / 'images'), str(root / 'out'), CONFIG)
    assert not (root / 'out').exists()


def test_printing(root):
    made = make_long_tailed(str(root / 'images'), str(root / 'out'), CONFIG)
    console = Console(file=io.StringIO(), width=200)
    print_long_tail(made, console)
    text = console.file.getvalue()
    assert 'ImageNet_LT_val.txt' in text and 'd [x]' in text
    assert '5 classes, 28 training images: 0 many, 0 medium, 5 few' in text


@pytest.mark.skipif(
    not (DATA / 'cifar100_lt').is_dir(), reason='data/cifar100_lt, the real set, is not there'
)
def test_real_photographs(tmp_path):
    made = make_long_tailed(
        str(DATA / 'cifar100_lt/CIFAR100_LT_test.txt'),
        str(tmp_path),
        LongTailConfig(20, 10, val_per_class=3, test_per_class=7),
        labels_file=str(DATA / 'cifar100_lt/labels.txt'),
    )
    assert list(made.files.values()) == [made.train_counts.sum(), 300, 700]
    dataset = ImageNetLT(
        str(DATA / 'cifar100_lt'),
        ann_file=str(tmp_path / 'ImageNet_LT_val.txt'),
        train_ann_file=str(tmp_path / 'ImageNet_LT_train.txt'),
        pipeline=[dict(type='LoadImageFromFile')],
    )
    assert dataset[0]['img'].shape == (32, 32, 3)
    assert dataset.metainfo['classes'][1] == 'aquarium fish'
