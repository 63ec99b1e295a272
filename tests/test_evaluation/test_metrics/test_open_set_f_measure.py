"""OLTR's F-measure against loops, and on a test set with images of no class."""

import numpy as np
import pytest
import torch
from branch_runs import branch_config
from mmengine.runner import Runner

from vlltr_mm.evaluation import OpenSetFMeasure


def by_loops(predicted, labels):
    """F as it is counted in the authors' code, image by image."""
    tp = fp = fn = 0
    for p, y in zip(predicted, labels):
        tp += p == y and y != -1
        fp += p != y and y != -1 and p != -1
        fn += p != y and y == -1
    precision, recall = tp / (tp + fp), tp / (tp + fn)
    return 2 * precision * recall / (precision + recall)


@pytest.mark.parametrize('seed', range(3))
def test_equals_loops(seed):
    rng = np.random.default_rng(seed)
    predicted, labels = rng.integers(-1, 3, (2, 60))
    found = OpenSetFMeasure.calculate(predicted, labels)
    assert found['f_measure'] == pytest.approx(by_loops(predicted, labels))
    # To reject a known image changes nothing, to reject an unknown one helps.
    more = np.append(predicted, -1), np.append(labels, 2)
    assert OpenSetFMeasure.calculate(*more)['f_measure'] == found['f_measure']
    better = OpenSetFMeasure.calculate(np.where(labels == -1, -1, predicted), labels)
    assert better['rejected'] == better['recall'] == 1 and better['f_measure'] > found['f_measure']


def test_nothing_right():
    found = OpenSetFMeasure.calculate([1, 0], [0, -1])
    assert found == dict(f_measure=0.0, precision=0.0, recall=0.0, rejected=0.0)


def test_errors():
    with pytest.raises(ValueError, match='2 images, 0 of them with label -1'):
        OpenSetFMeasure.calculate([0, 1], [0, 1])
    with pytest.raises(ValueError, match='1 predictions for 2 images'):
        OpenSetFMeasure.calculate([0], [0, -1])


@pytest.mark.slow
def test_a_test_set_with_unknown_images(tmp_path):
    """As docs/methods_oltr.md has it: known images of a list, unknown ones of another."""
    head = dict(type='MetaEmbeddingClsHead', num_classes=4, in_channels=8, open_threshold=1.0)
    model = dict(
        type='ImageClassifier',
        backbone=dict(type='CIFARResNet', depth=8, channels=(2, 4, 8)),
        neck=dict(type='GlobalAveragePooling'),
        head=head,
    )
    cfg = branch_config(tmp_path, model)
    known = cfg.test_dataloader.dataset
    folder = tmp_path / 'data'
    names = (folder / 'ImageNet_LT_test.txt').read_text().split()[::2]
    (tmp_path / 'open.txt').write_text(''.join(f'{name} -1\n' for name in names[:5]))
    unknown = dict(
        type='CustomDataset',
        data_root=str(folder),
        ann_file=str(tmp_path / 'open.txt'),
        pipeline=known.pipeline,
    )
    cfg.test_dataloader.dataset = dict(
        type='ConcatDataset', datasets=[known, unknown], ignore_keys=['classes', 'class_counts']
    )
    cfg.test_evaluator = dict(type='OpenSetFMeasure')
    runner = Runner.from_cfg(cfg)
    metrics = runner.test()
    assert len(runner.test_dataloader.dataset) == len(names) + 5
    assert metrics['open/rejected'] == 1 and metrics['open/f_measure'] == 0  # all are rejected
    runner.model.head.open_threshold = None
    torch.manual_seed(0)
    metrics = runner.test()
    assert metrics['open/rejected'] == 0 and 0 <= metrics['open/f_measure'] < 1
