"""A training set in two parts, class by class."""

import numpy as np
import pytest
from labelled_data import COUNTS, Labelled
from mmpretrain.registry import DATASETS
from tiny_heads import image_config
from tiny_runs import write_data

from vlltr_mm.datasets import ClassBalancedSampler, HoldOutDataset
from vlltr_mm.datasets.hold_out_dataset import hold_out
from vlltr_mm.utils.dataset_facts import read_classes, read_gt_labels, read_training_counts


class Indexed(Labelled):
    """Labels, with the index as the sample."""

    def __getitem__(self, index):
        return index


def test_how_many_by_hand():
    """10 % of 60, of 25 (2.5 is even 2) and 1 of 12 and of 3; of 1 none."""
    labels = Labelled((60, 25, 0, 12, 3, 1, 2)).labels
    held = np.bincount(labels[hold_out(labels)], minlength=7)
    assert held.tolist() == [6, 2, 0, 1, 1, 0, 1]
    held = np.bincount(labels[hold_out(labels, share=0.5, below=13)], minlength=7)
    assert held.tolist() == [30, 12, 0, 1, 1, 0, 1]


def test_two_parts_of_one():
    rest, held = (HoldOutDataset(Indexed(), part) for part in ('rest', 'held'))
    parts = [[data[i] for i in range(len(data))] for data in (rest, held)]
    assert sorted(parts[0] + parts[1]) == list(range(100)) and len(parts[1]) == 6 + 2 + 1 + 1
    for data, indices in zip((rest, held), parts):
        assert (read_gt_labels(data) == Labelled().labels[indices]).all()
    assert {*parts[1]} != {*np.flatnonzero(hold_out(Labelled().labels, seed=1))}
    # A class keeps its draw where others change.
    other = hold_out(np.append(Labelled().labels, [2, 2]))
    assert (other[:100] == hold_out(Labelled().labels)).all()
    classes = {int(data) for data in held.get_gt_labels()[list(range(len(held)))]}
    assert classes == {c for c, n in enumerate(COUNTS) if n}
    assert len(list(ClassBalancedSampler(held, power=0))) == len(held)


def test_it_is_the_wrapped_set_otherwise(tmp_path):
    write_data(tmp_path)
    inner = dict(image_config(tmp_path, 'train'), data_root=str(tmp_path))
    held = DATASETS.build(dict(type='HoldOutDataset', part='held', dataset=inner))
    held.full_init()
    assert len(held) == 2 + 1 + 1 + 1 and held.metainfo['classes'] == held.CLASSES
    assert read_training_counts(held).tolist() == [24, 12, 6, 3]  # of all images
    assert read_classes(held) == held.CLASSES
    for index, label in enumerate(held.get_gt_labels()):
        assert held.get_data_info(index)['gt_label'] == label
        assert int(held[index]['data_samples'].gt_label) == label
    labels = held.get_gt_labels().tolist()
    held.get_subset_(-2)
    assert held.get_gt_labels().tolist() == labels[-2:]
    held.get_subset_([1])
    assert held.get_gt_labels().tolist() == labels[-1:] and len(held) == 1


def test_errors():
    with pytest.raises(ValueError, match=r"part is 'val'; allowed are 'rest', 'held'"):
        HoldOutDataset(Labelled(), 'val')
    with pytest.raises(ValueError, match='share is 1.0; give a number between'):
        HoldOutDataset(Labelled(), 'held', share=1.0)
    with pytest.raises(ValueError, match="No image of Labelled is 'held': of its 2 images each"):
        HoldOutDataset(Labelled((1, 1)), 'held')
