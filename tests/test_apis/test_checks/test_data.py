"""The check of the data at the size of the benchmarks."""

import json

import numpy as np
import pytest
from mmengine.config import Config
from mmengine.registry import init_default_scope
from repo import REPO

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
    monkeypatch.setattr('vlltr_mm.apis.checks.data._run_pipeline', lambda *args: (3, 224, 224))
    return check_data('train', dataset, dict(num_classes=num_classes), num_files)


@pytest.mark.slow
def test_a_list_of_imagenet_lts_length(tmp_path, monkeypatch):
    counts = pareto_profile(1000, 1280, 256)
    dataset = write_list(tmp_path, counts)
    with pytest.raises(FileNotFoundError, match='2000 of 2000 images looked for do not exist'):
        check(dataset, monkeypatch)
    report = check(dataset, monkeypatch, num_files=0)
    assert (report.size, report.num_classes) == (121449, 1000)
    masks = ClassSplits(counts).masks
    assert report.splits == tuple(int(m.sum()) for m in masks.values())
    with pytest.raises(ValueError, match='1000 classes, but .* is 999'):
        check(dataset, monkeypatch, 999)


@pytest.mark.skipif(not COUNTS.is_file(), reason='data/lists, the real lists, is not there')
def test_the_real_counts(tmp_path, monkeypatch):
    counts = np.array(json.loads(COUNTS.read_text()))
    dataset = write_list(tmp_path, counts)
    report = check(dataset, monkeypatch, num_files=0)
    assert (report.size, report.splits) == (115846, (385, 479, 136))


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
