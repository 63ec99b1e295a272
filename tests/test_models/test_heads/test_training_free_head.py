"""What heads without training refuse, and what they ignore."""

import pytest
import torch
from mmpretrain.registry import MODELS
from mmpretrain.structures import DataSample

from vlltr_mm.models import TrainingFreeClsHead
from vlltr_mm.structures import FeatureBank

HEADS = dict(
    KNNClsHead=dict(num_classes=3),
    PrototypeClsHead=dict(num_classes=3, embed_dims=2),
    TauNormClsHead=dict(num_classes=3, in_channels=2),
)


@pytest.mark.parametrize('name', HEADS)
def test_heads_refuse_to_train_and_ignore_a_loss(name):
    loss = dict(type='LabelSmoothLoss', label_smooth_val=0.1)
    for given in (dict(), dict(loss=loss), dict(loss=None)):
        head = MODELS.build(dict(type=name, **HEADS[name], **given))
        assert isinstance(head, TrainingFreeClsHead) and head.num_classes == 3
        assert type(head.loss_module).__name__ == 'CrossEntropyLoss'
        with pytest.raises(RuntimeError, match=f'{name} has nothing to train'):
            head.loss((torch.ones(1, 2),), [DataSample().set_gt_label(0)])


@pytest.mark.parametrize('name', ['KNNClsHead', 'PrototypeClsHead'])
def test_banks_that_do_not_fit_are_refused(name):
    head = MODELS.build(dict(type=name, **HEADS[name]))
    feats, labels = torch.randn(4, 2), torch.tensor([0, 1, 1, 0])
    with pytest.raises(ValueError, match=r'Class 2 has no row .*\(1 of 3 '):
        head.set_bank(FeatureBank(feats, labels))
    with pytest.raises(ValueError, match="Class 2 'cat' has no row"):
        head.set_bank(FeatureBank(feats, labels, dict(classes=['cow', 'dog', 'cat'])))
    with pytest.raises(ValueError, match=r'label 3; .* 0 \.\. 2'):
        head.set_bank(FeatureBank(feats, torch.tensor([0, 1, 2, 3])))
