"""Images that cannot be read end a run by name, or are skipped and counted."""

import pickle

import pytest
from image_files import DAMAGED, encode
from mmcv.transforms import LoadImageFromFile
from mmengine.fileio import register_backend
from mmengine.fileio.backends import BaseStorageBackend
from mmpretrain.registry import DATASETS, TRANSFORMS

from vlltr_mm.datasets import LoadReadableImage

PACK = dict(type='PackInputs')


@pytest.fixture
def images(tmp_path):
    """Eight whole images of two classes and a damaged one of each kind."""
    lines = []
    for index in range(8):
        (tmp_path / f'{index}.jpg').write_bytes(encode())
        lines.append(f'{index}.jpg {index % 2}')
    for name, (content, _) in DAMAGED.items():
        (tmp_path / f'{name}.jpg').write_bytes(content)
        lines.append(f'{name}.jpg 1')
    for split in ('train', 'val'):
        (tmp_path / f'ImageNet_LT_{split}.txt').write_text('\n'.join(lines))
    (tmp_path / 'labels.txt').write_text('n1 0 ant\nn2 1 bee\n')
    return tmp_path


def build(folder, load, split='train', stock=False):
    host = dict(type='CustomDataset', ann_file='ImageNet_LT_train.txt', classes=['ant', 'bee'])
    ours = dict(type='ImageNetLT', split=split)
    kind = host if stock else ours
    return DATASETS.build(
        dict(kind, data_root=str(folder), pipeline=[load, PACK], serialize_data=False)
    )


@pytest.mark.parametrize('index, name', list(enumerate(DAMAGED, 8)))
def test_without_skipping_the_file_is_named(images, index, name):
    match = rf"{name}.jpg' cannot be used: .*{DAMAGED[name][1]}.*check_recipe.py CONFIG --decode"
    for kind in ('LoadReadableImage', 'LoadImageFromFile'):
        for split in ('train', 'val'):
            dataset = build(images, dict(type=kind), split)
            with pytest.raises(ValueError, match=match):
                dataset[index]
    with pytest.raises(ValueError, match=match):
        build(images, dict(type='LoadReadableImage'), stock=True)[index]


@pytest.mark.parametrize('kind', ['LoadReadableImage', 'LoadImageFromFile'])
def test_what_pillow_says_of_a_broken_png_is_named(images, kind):
    whole = encode('PNG')
    length = whole.index(b'IDAT') - 4  # a shorter piece of the pixels, then no other
    broken = whole[:length] + (900).to_bytes(4, 'big') + whole[length + 4 :]
    (images / '0.jpg').write_bytes(broken)
    with pytest.raises(ValueError, match="0.jpg' cannot be used: it cannot be decoded"):
        build(images, dict(type=kind, imdecode_backend='pillow'))[0]


def test_the_images_of_a_stock_data_set_with_text_are_named(images):
    stock = dict(
        type='CustomDataset',
        data_root=str(images),
        ann_file='ImageNet_LT_train.txt',
        classes=['ant', 'bee'],
        pipeline=[dict(type='LoadImageFromFile'), PACK],
    )
    corpus = dict(
        sources=[dict(type='PromptTemplates', templates=['{}'])], cache_dir=str(images / 'cache')
    )
    dataset = DATASETS.build(dict(type='TextCorpusDataset', dataset=stock, corpus=corpus))
    with pytest.raises(ValueError, match="empty.jpg' cannot be used: it is empty. Repair"):
        dataset[8]


@pytest.mark.parametrize('stock', [False, True])
def test_skipped_ones_are_replaced_and_counted(images, stock, monkeypatch):
    said = []
    monkeypatch.setattr(
        'vlltr_mm.datasets.transforms.load_readable_image.print_log',
        lambda text, *args, **kwargs: said.append(text),
    )
    bad = len(DAMAGED)
    dataset = build(images, dict(type='LoadReadableImage', max_skipped=bad), stock=stock)
    for index in [*range(8, 8 + bad)] * 3:
        sample = dataset[index]['data_samples']
        number = int(sample.img_path.split('/')[-1][0])  # one of the whole images
        assert int(sample.gt_label) == number % 2
    assert len(said) == bad
    assert said[0].startswith(f"Skipped the image '{images}/")
    assert f'({bad} of at most {bad} in this process)' in said[-1]


def test_too_many(images):
    dataset = build(images, dict(type='LoadReadableImage', max_skipped=2))
    with pytest.raises(ValueError, match=r'jpg. cannot be used.* 2 others were skipped, such as'):
        for index in range(8, 16):
            dataset[index]


@pytest.mark.parametrize(
    'load',
    [
        dict(type='LoadReadableImage', max_skipped=9),
        dict(type='LoadImageFromFile', ignore_empty=True),
    ],
)
def test_an_image_of_a_test_is_never_replaced(images, load):
    dataset = build(images, load, 'val')
    assert dataset[0]['inputs'].shape == (3, 48, 48)
    with pytest.raises(ValueError, match="empty.jpg' cannot be used: the pipeline of the test"):
        dataset[8]


def test_an_address_that_cannot_be_read_is_named():
    match = r"'s3://bucket/a.jpg' cannot be used: it cannot be read \(\[Errno 2\] No such file"
    with pytest.raises(ValueError, match=match):
        LoadReadableImage(backend_args=dict(backend='local'))(dict(img_path='s3://bucket/a.jpg'))


def test_whole_images_are_those_of_the_host(images):
    ours = LoadReadableImage()(dict(img_path=f'{images}/0.jpg'))
    theirs = LoadImageFromFile()(dict(img_path=f'{images}/0.jpg'))
    assert (ours.pop('img') == theirs.pop('img')).all() and ours == theirs


def test_settings():
    load = TRANSFORMS.build(dict(type='LoadReadableImage', max_skipped=3, color_type='grayscale'))
    assert pickle.loads(pickle.dumps(load)).max_skipped == 3
    assert repr(load).endswith('max_skipped=3)') and "color_type='grayscale'" in repr(load)
    for wrong in (-1, 1.5, '3', None):
        with pytest.raises(ValueError, match='give a number of images, 0 or more'):
            LoadReadableImage(max_skipped=wrong)


class KeyedBackend(BaseStorageBackend):
    """Images of a store that is not on the disk."""

    content = {}

    def get(self, filepath):
        return self.content[str(filepath)]

    def get_text(self, filepath, encoding='utf-8'):
        raise NotImplementedError


@pytest.mark.parametrize('kind', ['LoadReadableImage', 'LoadImageFromFile'])
def test_an_image_of_another_store_is_not_looked_for_on_the_disk(images, kind, monkeypatch):
    register_backend('keyed', KeyedBackend, force=True)
    loaded = dict(type=kind, backend_args=dict(backend='keyed'))
    dataset = build(images, loaded)
    path = dataset.get_data_info(0)['img_path']
    (images / '0.jpg').unlink()
    monkeypatch.setitem(KeyedBackend.content, path, encode())
    assert dataset[0]['inputs'].ndim == 3
    monkeypatch.setitem(KeyedBackend.content, path, b'GIF8 and no more')
    with pytest.raises(Exception, match='.') as caught:
        dataset[0]
    assert 'it does not exist' not in str(caught.value)
    if kind == 'LoadReadableImage':
        assert "0.jpg' cannot be used: it cannot be read" in str(caught.value)
