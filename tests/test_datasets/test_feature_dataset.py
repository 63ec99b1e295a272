"""Stored embeddings are drawn as images would be."""

import pytest
import torch
from torch.utils.data import DataLoader

from vlltr_mm.datasets import ClassBalancedSampler, FeatureDataset
from vlltr_mm.structures import ClassRecord, FeatureBank


@pytest.fixture
def file(tmp_path):
    """Three images in two views: row = 10 · view + image."""
    rows = torch.tensor([0.0, 1, 2, 10, 11, 12])
    path = str(tmp_path / 'bank.safetensors')
    FeatureBank(
        torch.stack([rows, -rows], dim=1),
        torch.tensor([2, 0, 2, 2, 0, 2]),
        dict(metainfo=dict(classes='abc')),
    ).save(path)
    return path


def test_every_view_is_drawn_and_of_that_image(file):
    dataset = FeatureDataset(file, views=2)
    assert len(dataset) == 3 and dataset.metainfo['classes'] == 'abc'
    assert dataset.get_gt_labels().tolist() == [2, 0, 2]
    torch.manual_seed(0)
    drawn = [dataset[1] for _ in range(200)]
    values = [float(sample['inputs'][0]) for sample in drawn]
    assert set(values) == {1.0, 11.0}
    assert 70 < values.count(11.0) < 130  # 100 ± 4 deviations of 7
    assert all(int(s['data_samples'].gt_label) == 0 for s in drawn)


def test_a_batch_at_once_is_the_same(file):
    dataset = FeatureDataset(file, views=2)
    torch.manual_seed(3)
    batch = dataset.__getitems__([2, 0, 1])
    for index, sample in zip((2, 0, 1), batch):
        value = float(sample['inputs'][0])
        assert value % 10 == index
        assert sample['inputs'].tolist() == [value, -value]


def test_sampler_and_loader(file):
    dataset = FeatureDataset(file)
    sampler = ClassBalancedSampler(dataset, power=0)
    loader = DataLoader(dataset, 6, sampler=sampler, collate_fn=list)
    assert len(next(iter(loader))) == 6
    assert len(dataset) == 6


def test_rows_that_are_no_multiple(file):
    with pytest.raises(ValueError, match='6 rows, not a multiple of views=4'):
        FeatureDataset(file, views=4)


def test_views_of_other_labels(file):
    with pytest.raises(ValueError, match='other labels in view 0 than in the other 2'):
        FeatureDataset(file, views=3)


def test_classes_and_counts_of_the_record(tmp_path):
    path = str(tmp_path / 'bank.safetensors')
    record = ClassRecord(['a', 'b'], [1, 2]).to_meta()
    FeatureBank(torch.eye(3).half(), torch.tensor([1, 0, 1]), dict(record=record)).save(path)
    dataset = FeatureDataset(path)
    assert dataset.metainfo == dict(classes=('a', 'b'), class_counts=(1, 2))
    assert dataset[0]['inputs'].dtype == torch.float32
    info = dataset.get_data_info(1)
    assert info['feats'].tolist() == [0, 1, 0] and info['gt_label'] == 0


def test_a_file_that_is_not_there():
    with pytest.raises(FileNotFoundError, match='none does not exist; tools/encode_features.py'):
        FeatureDataset('none')
