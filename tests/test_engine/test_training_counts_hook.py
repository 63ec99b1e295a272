"""Metrics split classes by the images of the other folds."""

from types import SimpleNamespace

import pytest
from mmengine.evaluator import Evaluator
from mmengine.registry import init_default_scope
from mmpretrain.registry import DATASETS

from vlltr_mm.engine.hooks import TrainingCountsHook
from vlltr_mm.evaluation import ClassSplitAccuracy


@pytest.fixture
def lists(tmp_path):
    """Ten images of class 0, then two of class 1."""
    lines = [f'a/{i}.jpg {int(i > 9)}' for i in range(12)]
    (tmp_path / 'ImageNet_LT_train.txt').write_text('\n'.join(lines))
    (tmp_path / 'labels.txt').write_text('n1 0 ant\nn2 1 bee\n')
    return dict(type='ImageNetLT', data_root=str(tmp_path), serialize_data=False)


@pytest.mark.parametrize('stage', ['val', 'test'])
def test_folds(lists, stage):
    init_default_scope('mmpretrain')
    dataset = DATASETS.build(dict(type='KFoldDataset', dataset=lists, num_splits=2, test_mode=True))
    metric = ClassSplitAccuracy()
    evaluator = Evaluator([metric])
    evaluator.dataset_meta = dataset.metainfo
    assert metric.resolve_splits().counts == (10, 2)
    runner = SimpleNamespace(
        **{f'{stage}_dataloader': SimpleNamespace(dataset=dataset), f'{stage}_evaluator': evaluator}
    )
    getattr(TrainingCountsHook(), f'before_{stage}')(runner)
    assert metric.resolve_splits().counts == (4, 2)
    assert metric.dataset_meta['classes'] == ('ant', 'bee')
