"""The check of the data: small sets with a fault each, and the size of the benchmarks."""

import json

import numpy as np
import pytest
from image_files import DAMAGED
from mmengine.config import Config
from mmengine.registry import init_default_scope
from PIL import Image
from repo import REPO
from tiny_runs import write_data

from vlltr_mm.apis.checks.data import check_data, data_roles
from vlltr_mm.apis.list_making.profiles import pareto_profile
from vlltr_mm.evaluation.functional.class_splits import ClassSplits

COUNTS = REPO / ('data/lists/imagenet/ImageNet_LT_train_class_counts.json')


def write_list(folder, counts):
    """Write a list of as many images, and names; no image."""
    ids = [f'n{label:08d}' for label in range(len(counts))]
    with open(folder / 'labels.txt', 'w') as file:
        file.writelines(f'{key} 0 name_{key}\n' for key in ids)
    with open(folder / 'ImageNet_LT_train.txt', 'w') as file:
        for label, count in enumerate(counts):
            file.writelines(
                f'train/{ids[label]}/{ids[label]}_{i}.JPEG {label}\n' for i in range(count)
            )
    return dict(type='ImageNetLT', data_root=str(folder), split='train', pipeline=[])


def check(dataset, monkeypatch, num_classes=1000, num_files=2000):
    """Check lists and classes, but put no image through."""
    init_default_scope('mmpretrain')
    monkeypatch.setattr('vlltr_mm.apis.checks.data._run_pipeline', lambda *args: None)
    return check_data('train', dataset, dict(num_classes=num_classes), num_files)


@pytest.mark.slow
def test_a_list_of_imagenet_lts_length(tmp_path, monkeypatch):
    counts = pareto_profile(1000, 1280, 256)
    dataset = write_list(tmp_path, counts)
    (problem,) = check(dataset, monkeypatch).problems
    assert problem.startswith('2000 of 2000 images looked at cannot be used, such as ')
    assert problem.endswith(
        'it does not exist. Unpack them there or correct data_root or data_prefix.'
    )
    report = check(dataset, monkeypatch, num_files=0)
    assert (report.size, report.num_classes) == (121449, 1000)
    masks = ClassSplits(counts).masks
    assert report.splits == tuple(int(m.sum()) for m in masks.values())
    with pytest.raises(ValueError, match='1000 classes, but .* is 999'):
        check(dataset, monkeypatch, 999)


def test_names_as_the_text_tower_reads_them(tmp_path, monkeypatch):
    dataset = write_list(tmp_path, [1, 1])
    (tmp_path / 'labels.txt').write_text('n00000000 0 snow_leopard\nn00000001 1 sea\n')
    sources = [dict(type='PromptTemplates', templates=['a {}.', 'a  {}!'])]
    texts = dict(type='TextCorpusDataset', dataset=dataset, corpus=dict(sources=sources))
    said = "Class names: 'snow_leopard' is read as 'snow leopard'; 1 of 2 class names such."
    report = check(texts, monkeypatch, 2)
    assert report.notes == [said] and report.sentences == 4
    texts['corpus'] = dict(sources=sources, drop_repeated=True, classes=['snow_leopard', 'sea'])
    report = check(texts, monkeypatch, 2)
    kept = "'snow_leopard' is read as it is listed, not as 'snow leopard'; 1 of 2 class names such"
    assert report.notes == [
        said,
        f'Class names: {kept}. Give the corpus classes=[...] to change that.',
        '2 repeated sentences are left out.',
    ]
    assert report.sentences == 2


@pytest.mark.skipif(not COUNTS.is_file(), reason='data/lists, the real lists, is not there')
def test_the_real_counts(tmp_path, monkeypatch):
    counts = np.array(json.loads(COUNTS.read_text()))
    dataset = write_list(tmp_path, counts)
    report = check(dataset, monkeypatch, num_files=0)
    assert (report.size, report.splits) == (115846, (385, 479, 136))


RESIZE = dict(type='Resize', scale=16)
LOAD, PACK = dict(type='LoadImageFromFile'), dict(type='PackInputs')


@pytest.fixture
def data(tmp_path):
    init_default_scope('mmpretrain')
    write_data(tmp_path)
    return tmp_path


def images_of(folder, *transforms, load=LOAD, **kwargs):
    return dict(
        dict(type='ImageNetLT', data_root=str(folder), pipeline=[load, *transforms, PACK]),
        **kwargs,
        serialize_data=False,  # which collects garbage each time
    )


@pytest.mark.parametrize('decode', [False, True])
@pytest.mark.parametrize(
    'load', [LOAD, dict(type='LoadReadableImage', max_skipped=99)], ids=['stock', 'ours']
)
def test_damaged_images_are_counted_and_the_first_named(data, decode, load, capsys):
    dataset = images_of(data, load=load)
    assert not check_data('train', dataset, {}, None, decode=decode).problems
    for index, (content, _) in enumerate(DAMAGED.values()):
        (data / f'train/red_square/{index}.jpg').write_bytes(content)
    (data / 'train/red_square/23.jpg').unlink()
    (data / 'train/red_square/23.jpg').mkdir()
    (problem,) = check_data('train', dataset, {}, None, decode=decode).problems
    assert problem.startswith(f'{len(DAMAGED) + 1} of 45 images looked at cannot be used, such as')
    assert 'red_square/0.jpg: it is empty; ' in problem and '. Repair them or take' in problem
    assert problem.count('.jpg') == 3
    assert ('opening train' in capsys.readouterr().err) == decode


def test_images_that_only_decoding_shows_to_be_damaged(data):
    path = data / 'train/red_square/7.jpg'
    content = path.read_bytes()
    path.write_bytes(content[:200] + bytes(64) + content[-40:])
    dataset = images_of(data)
    assert not check_data('train', dataset, {}, None, num_images=2).problems
    (problem,) = check_data('train', dataset, {}, 2, decode=True).problems
    assert problem.startswith('1 of 45 images') and '7.jpg: it cannot be decoded' in problem


def test_images_of_different_sizes_need_a_resize(data):
    assert not check_data('val', images_of(data), {}).problems  # all of one size
    path = data / 'train/green_square/5.jpg'
    Image.open(path).resize((48, 40)).save(path)
    (problem,) = check_data('val', images_of(data), {}, num_images=2).problems
    assert '(3, 48, 48)' in problem and f'(3, 40, 48) ({path})' in problem
    assert 'add a Resize, or a ResizeEdge and a CenterCrop' in problem
    report = check_data('val', images_of(data, RESIZE), {})
    assert not report.problems and report.input_shape == (3, 16, 16)
    padded = check_data('val', images_of(data), {}, collate_fn='pseudo_collate')
    assert not padded.problems and padded.input_shape == (3, 48, 48)


@pytest.mark.parametrize(
    'wrap, size, counts',
    [
        (lambda d: dict(type='RepeatDataset', times=3, dataset=d), 135, [24, 12, 6, 3]),
        (lambda d: dict(type='ConcatDataset', datasets=[d, d]), 90, [24, 12, 6, 3]),
        (lambda d: dict(type='KFoldDataset', num_splits=5, dataset=d), 36, [15, 12, 6, 3]),
        (
            lambda d: dict(type='ClassBalancedDataset', oversample_thr=0.2, dataset=d),
            54,
            [24, 12, 6, 3],
        ),
    ],
)
def test_wrapped_data_sets(data, wrap, size, counts):
    corpus = dict(sources=[dict(type='WikiTexts', root=str(data / 'wiki'))])
    text = dict(images_of(data), type='TextCorpusDataset', dataset='ImageNetLT', corpus=corpus)
    for dataset in (wrap(images_of(data)), wrap(text)):
        report = check_data('train', dataset, dict(num_classes=4))
        assert (report.size, report.num_classes) == (size, 4)
        assert report.counts.tolist() == counts and not report.problems
    assert report.sentences == 20
    (data / 'train/white_square/1.jpg').write_bytes(b'')
    (problem,) = {*check_data('train', dataset, {}).problems}
    assert 'white_square/1.jpg: it is empty' in problem


@pytest.mark.parametrize(
    'lines, match',
    [
        ('a.jpg x', "list.txt, line 1: 'a.jpg x' is not 'path label'"),
        ('a.jpg 0\nb.jpg', "list.txt, line 2: 'b.jpg' is not 'path label'"),
        ('a.jpg 7', r'CustomDataset \(.*list.txt\): sample 0 \(.*a.jpg\) has label 7'),
        ('a.jpg -1', r'sample 0 \(.*a.jpg\) has label -1; labels lie in 0 .. 1'),
    ],
)
def test_the_lists_of_stock_data_sets_are_named(tmp_path, lines, match):
    init_default_scope('mmpretrain')
    (tmp_path / 'list.txt').write_text(lines)
    stock = dict(
        type='CustomDataset', data_root=str(tmp_path), ann_file='list.txt', classes=['ant', 'bee']
    )
    for dataset in (stock, dict(type='RepeatDataset', times=2, dataset=stock)):
        with pytest.raises(ValueError, match=match):
            check_data('train', dataset, {})


def test_a_class_of_a_stock_data_set_without_a_name(tmp_path):
    init_default_scope('mmpretrain')
    (tmp_path / 'list.txt').write_text('a.jpg 0')
    (tmp_path / 'names.txt').write_text('ant\n\n')
    stock = dict(
        type='CustomDataset',
        data_root=str(tmp_path),
        ann_file='list.txt',
        classes=str(tmp_path / 'names.txt'),
    )
    with pytest.raises(ValueError, match=r'CustomDataset \(.*list.txt\): class 1 of 2 has no name'):
        check_data('train', stock, {})


def test_images_without_labels_may_be_predicted(data):
    names = [line.split()[0] for line in (data / 'ImageNet_LT_test.txt').read_text().splitlines()]
    (data / 'list.txt').write_text('\n'.join(names))
    stock = images_of(data, type='CustomDataset', ann_file='list.txt', with_label=False)
    report = check_data('test', stock, {})
    assert report.size == 12 and not report.problems


def test_images_named_by_a_loader():
    train = dict(type='TextCorpusDataset', dataset='ImageNetLT', corpus={}, pipeline=['augment'])
    val = dict(type='ImageNetLT', pipeline=['evaluate'])
    hook = dict(type='AnSSHook', images='train_dataloader')
    cfg = Config(
        dict(
            train_dataloader=dict(dataset=train),
            val_dataloader=dict(dataset=val),
            custom_hooks=[hook, dict(hook, images='val_dataloader')],
        )
    )
    assert data_roles(cfg) == [
        ('train', train),
        ('val, images of AnSSHook, images of AnSSHook', val),
    ]
    cfg.train_dataloader = None  # the hook has nothing to do
    assert data_roles(cfg) == [('val, images of AnSSHook', val)]
    cfg.custom_hooks[0].images = 'no_dataloader'
    with pytest.raises(ValueError, match="images is 'no_dataloader'"):
        data_roles(cfg)
