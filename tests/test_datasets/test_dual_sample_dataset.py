"""Pairs of images, of which the second is drawn for the rarity of its class."""

import numpy as np
import pytest
import torch
from labelled_data import COUNTS, Labelled
from mmpretrain.registry import DATASETS
from mmpretrain.structures import DataSample
from tiny_heads import image_config
from tiny_runs import write_data

from vlltr_mm.datasets import ClassBalancedSampler, DualSampleDataset
from vlltr_mm.datasets.samplers.class_balanced import power_probabilities
from vlltr_mm.datasets.text_corpus_dataset import evaluation_config
from vlltr_mm.utils.dataset_facts import read_gt_labels, read_training_counts


class Packed(Labelled):
    """Labels only, packed, with the index as the image."""

    def __getitem__(self, index):
        sample = DataSample().set_gt_label(int(self.labels[index]))
        return dict(inputs=torch.tensor(index), data_samples=sample)


def test_probabilities_by_hand():
    counts = torch.tensor([4, 2, 1])
    expected = {1: [4, 2, 1], 0: [1, 1, 1], -1: [1, 2, 4], -2: [1, 4, 16], 0.5: [2, 2**0.5, 1]}
    for power, shares in expected.items():
        shares = torch.tensor(shares, dtype=torch.float64)
        torch.testing.assert_close(power_probabilities(counts, power), shares / shares.sum())
    sampler = ClassBalancedSampler(Labelled(), power=-1)
    torch.testing.assert_close(
        sampler.class_probabilities, power_probabilities(sampler.counts, -1), rtol=0, atol=0
    )


@pytest.mark.parametrize('power', [-1.0, 0.0, 1.0])
def test_frequencies(power):
    """Classes by n**power, images of one class alike; none of the class without images."""
    dataset = DualSampleDataset(Labelled(), power=power)
    torch.manual_seed(0)
    drawn = np.bincount([dataset.draw() for _ in range(20000)], minlength=100)
    counts = np.array(COUNTS, dtype=float)
    shares = np.where(counts > 0, counts.clip(min=1) ** power, 0)
    expected = (shares / shares.sum() / counts.clip(min=1))[dataset.get_gt_labels()] * 20000
    # Five deviations of a binomial count.
    assert (abs(drawn - expected) < 5 * np.sqrt(expected)).all()


def test_the_first_image_is_the_asked_one():
    dataset = DualSampleDataset(Packed())
    torch.manual_seed(0)
    second = set()
    for index in range(len(dataset)):
        pair = dataset[index]
        assert int(pair['inputs'][0]) == index
        for position, sample in zip(pair['inputs'], pair['data_samples']):
            assert int(sample.gt_label) == dataset.get_gt_labels()[int(position)]
        assert [s.branch for s in pair['data_samples']] == ['conventional', 'rebalancing']
        second.add(int(pair['inputs'][1]))
    assert len(second) > 20
    torch.manual_seed(3)
    once = [dataset.draw() for _ in range(5)]
    torch.manual_seed(3)
    assert once == [dataset.draw() for _ in range(5)]


def test_it_is_the_wrapped_set_otherwise(tmp_path):
    write_data(tmp_path)
    inner = dict(image_config(tmp_path, 'train'), data_root=str(tmp_path))
    cfg = dict(type='DualSampleDataset', dataset=inner)
    dataset = DATASETS.build(cfg)
    dataset.full_init()
    assert len(dataset) == 45 and dataset.metainfo['classes'] == dataset.CLASSES
    assert read_training_counts(dataset).tolist() == [24, 12, 6, 3]
    assert (read_gt_labels(dataset) == read_gt_labels(dataset.dataset)).all()
    assert dataset.get_data_info(0)['img_path'].endswith('train/red_square/0.jpg')
    first, second = dataset[0]['inputs']
    assert first.shape == second.shape == (3, 48, 48)
    # What looks at the images themselves sees each once, alone.
    assert evaluation_config(cfg, ['test']) == dict(inner, pipeline=['test'])
    dataset.get_subset_([0, 1, 44])
    labels = dataset.get_gt_labels()
    assert labels.tolist() == [0, 0, 3] and {dataset.draw() for _ in range(50)} == {0, 1, 2}


def test_errors():
    with pytest.raises(ValueError, match='power is inf'):
        DualSampleDataset(Labelled(), power=float('inf'))

    class Bare(Labelled):
        def __getitem__(self, index):
            return dict(inputs=index)

    with pytest.raises(TypeError, match='Bare gives samples without data_samples.gt_label; end'):
        DualSampleDataset(Bare())[0]
