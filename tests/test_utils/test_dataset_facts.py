"""Labels, classes and counts are those of what a wrapper holds."""

import numpy as np
import pytest
import torch
from mmengine.dataset import ClassBalancedDataset, ConcatDataset, RepeatDataset
from mmpretrain.datasets import BaseDataset, CustomDataset
from mmpretrain.registry import DATASETS
from torch.utils.data import Subset

from vlltr_mm.utils.dataset_facts import read_classes, read_gt_labels, read_training_counts

LABELS = [0, 0, 0, 0, 1, 1, 1, 2]
COUNTS = [4, 3, 1]
CLASSES = ('cat', 'dog', 'sea')


@DATASETS.register_module()
class Listed(BaseDataset):
    """Images of a list in the arguments; counts are those of a training list."""

    def __init__(self, labels=LABELS, counts=COUNTS, prefix='a', classes=CLASSES, **kwargs):
        self.labels, self.prefix = labels, prefix
        metainfo = dict(classes=classes, class_counts=tuple(counts))
        super().__init__('', metainfo=metainfo, serialize_data=False, **kwargs)

    def load_data_list(self):
        return [dict(img_path=f'{self.prefix}{i}', gt_label=y) for i, y in enumerate(self.labels)]


def val(prefix='v', counts=COUNTS):
    return Listed(labels=[0, 1, 2], counts=counts, prefix=prefix)


def fold(dataset, number, **kwargs):
    config = dict(type='KFoldDataset', dataset=dataset, num_splits=4, fold=number, **kwargs)
    return DATASETS.build(config)


LISTED = dict(type='Listed')


@pytest.mark.parametrize(
    'make, labels, counts',
    [
        (Listed, LABELS, COUNTS),
        (val, [0, 1, 2], COUNTS),
        # Repeated images are the same training images.
        (lambda: RepeatDataset(Listed(), 3), LABELS * 3, COUNTS),
        (lambda: ClassBalancedDataset(Listed(), 0.5), [0] * 4 + [1] * 6 + [2] * 2, COUNTS),
        (lambda: ConcatDataset([Listed(), Listed()]), LABELS * 2, COUNTS),
        # Two training lists, or training on validation images too, add up.
        (lambda: ConcatDataset([Listed(), Listed(prefix='b')]), LABELS * 2, [8, 6, 2]),
        (lambda: ConcatDataset([Listed(), val()]), [*LABELS, 0, 1, 2], [5, 4, 2]),
        # Two evaluated lists of the same training list do not.
        (lambda: ConcatDataset([val(), val('t')]), [0, 1, 2] * 2, COUNTS),
        (
            lambda: ConcatDataset([val(), val('t', counts=[1, 1, 9])], ignore_keys='class_counts'),
            [0, 1, 2] * 2,
            [5, 4, 10],
        ),
        (
            lambda: ConcatDataset(
                [Listed(), Listed(labels=[2, 2], counts=[0, 0, 2], prefix='b')],
                ignore_keys=['class_counts'],
            ),
            [*LABELS, 2, 2],
            [4, 3, 3],
        ),
        (lambda: fold(LISTED, 0), LABELS[2:], [2, 3, 1]),
        (lambda: fold(LISTED, 3), LABELS[:6], [4, 2, 0]),
        (lambda: fold(LISTED, 3, test_mode=True), LABELS[6:], [4, 2, 0]),
        (lambda: fold(dict(LISTED, lazy_init=True), 0), LABELS[2:], [2, 3, 1]),
        (lambda: fold(dict(type='Listed', labels=[0, 2], counts=[9, 9, 9]), 0), [0, 2], [1, 0, 1]),
        (lambda: Subset(Listed(), [7, 0]), [2, 0], COUNTS),
        # Of torch's subsets nothing tells whether their images are the same.
        (
            lambda: torch.utils.data.ConcatDataset([Subset(Listed(), range(8)) for _ in 'ab']),
            LABELS * 2,
            [8, 6, 2],
        ),
        (
            lambda: torch.utils.data.ConcatDataset(
                [RepeatDataset(Listed(), 2), Listed(prefix='b')]
            ),
            LABELS * 3,
            [8, 6, 2],
        ),
        (
            lambda: RepeatDataset(
                dict(type='ConcatDataset', datasets=[LISTED, dict(LISTED, prefix='b')]), 2
            ),
            LABELS * 4,
            [8, 6, 2],
        ),
        (
            lambda: RepeatDataset(dict(LISTED, lazy_init=True), 2, lazy_init=True),
            LABELS * 2,
            COUNTS,
        ),
    ],
)
def test_through_wrappers(make, labels, counts):
    dataset = make()
    assert read_gt_labels(dataset).tolist() == labels
    assert read_gt_labels(dataset).dtype == np.int64
    assert read_classes(dataset) == CLASSES
    assert read_training_counts(dataset).tolist() == counts
    if not isinstance(dataset, torch.utils.data.Dataset) or hasattr(dataset, 'get_data_info'):
        dataset.full_init()
        drawn = [dataset.get_data_info(i)['gt_label'] for i in range(len(dataset))]
        assert drawn == labels


def test_what_is_not_known_is_none(tmp_path):
    (tmp_path / 'list.txt').write_text('a.jpg 0\nb.jpg 1\n')
    dataset = CustomDataset(data_root=str(tmp_path), ann_file='list.txt')
    for wrapped in (dataset, RepeatDataset(dataset, 2), ConcatDataset([dataset, dataset])):
        assert read_classes(wrapped) is None and read_training_counts(wrapped) is None
    assert read_training_counts(Subset(torch.utils.data.TensorDataset(torch.ones(1)), [0])) is None


def test_classes_that_a_data_set_learns_from_folders(tmp_path):
    for name in ('ant', 'bee'):
        (tmp_path / name).mkdir()
        (tmp_path / name / '0.jpg').touch()
    lazy = dict(type='CustomDataset', data_root=str(tmp_path), lazy_init=True)
    assert read_classes(RepeatDataset(lazy, 2)) == ('ant', 'bee')


def test_parts_of_other_classes():
    parts = [Listed(), Listed(classes=('cat', 'sea', 'dog'))]
    match = r"have other classes: class 1 is 'dog' in the first, 'sea' in the other"
    for read in (read_classes, read_training_counts):
        with pytest.raises(ValueError, match=match):
            read(torch.utils.data.ConcatDataset(parts))
    fewer = [Listed(), Listed(labels=[0], counts=[1, 0], classes=CLASSES[:2])]
    with pytest.raises(ValueError, match='the first has 3, the other 2'):
        read_classes(torch.utils.data.ConcatDataset(fewer))


@pytest.mark.parametrize(
    'labels, match',
    [
        ([0, -1], r'Unnamed \(the/list.txt\): sample 1 has label -1; labels lie in 0'),
        ([0, 2**31], 'sample 1 has label 2147483648; labels lie in 0 .. 100019'),
        ([0, 2**62], 'sample 1 has label 4611686018427387904; labels lie in 0'),
        ([[0], [1, 2]], 'multi-label data cannot be used'),
        ([0.0, 1.7], 'dtype float64; one integer per sample'),
        (['0', '1'], 'one integer per sample'),
        ([], r'Unnamed \(the/list.txt\) has no sample'),
    ],
)
def test_labels_that_cannot_be_used(labels, match):
    class Unnamed:
        ann_file = 'the/list.txt'

        def get_gt_labels(self):
            return labels

    with pytest.raises(ValueError, match=match):
        read_gt_labels(Unnamed())


def test_samples_without_a_label(tmp_path):
    (tmp_path / 'list.txt').write_text('a.jpg\nb.jpg\n')
    dataset = CustomDataset(data_root=str(tmp_path), ann_file='list.txt', with_label=False)
    with pytest.raises(ValueError, match=r'CustomDataset \(.*list.txt\) has samples without gt_la'):
        read_gt_labels(dataset)


def test_a_label_without_a_class_and_a_class_without_a_name(tmp_path):
    (tmp_path / 'list.txt').write_text('a.jpg 0\nb.jpg 2\n')
    (tmp_path / 'names.txt').write_text('ant\n\n')
    stock = dict(data_root=str(tmp_path), ann_file='list.txt')
    dataset = CustomDataset(classes=['ant', 'bee'], **stock)
    match = r'CustomDataset \(.*list.txt\): sample 1 \(.*b.jpg\) has label 2; labels lie in 0 .. 1'
    with pytest.raises(ValueError, match=match):
        read_gt_labels(RepeatDataset(dataset, 2))
    dataset = CustomDataset(classes=str(tmp_path / 'names.txt'), **stock)
    match = r'CustomDataset \(.*list.txt\): class 1 of 2 has no name'
    with pytest.raises(ValueError, match=match):
        read_classes(RepeatDataset(dataset, 2))


def test_counts_that_do_not_fit_the_classes():
    with pytest.raises(ValueError, match='class_counts has 2 counts for 3 classes'):
        read_training_counts(Listed(counts=[1, 2]))
