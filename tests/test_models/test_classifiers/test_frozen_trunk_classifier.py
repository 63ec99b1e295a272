"""What is trained on a frozen trunk, and what its BatchNorm does."""

import pytest
import torch
from mmengine.registry import init_default_scope
from mmpretrain.registry import MODELS
from mmpretrain.structures import DataSample


def model_of(**kwargs):
    init_default_scope('mmpretrain')
    torch.manual_seed(0)
    return MODELS.build(
        dict(
            type='FrozenTrunkClassifier',
            backbone=dict(type='ResNet10', stem_channels=4, base_channels=2),
            neck=dict(type='OLTRNeck', in_channels=16, out_channels=6, map_size=2),
            head=dict(type='LinearClsHead', num_classes=3, in_channels=6),
            **kwargs,
        )
    )


@pytest.mark.parametrize('norm_eval', [True, False])
def test_only_neck_and_head_are_trained(norm_eval):
    model = model_of(norm_eval=norm_eval).train()
    assert model.neck.training and model.head.training
    assert model.backbone.training == model.backbone.bn1.training == (not norm_eval)
    state = {key: value.clone() for key, value in model.backbone.state_dict().items()}
    images, samples = (
        torch.randn(4, 3, 64, 64),
        [DataSample().set_gt_label(i % 3) for i in range(4)],
    )
    sum(model.loss(images, samples).values()).backward()
    for name, parameter in model.named_parameters():
        assert (parameter.grad is None) == name.startswith('backbone.'), name
    changed = {k for k, v in model.backbone.state_dict().items() if not torch.equal(v, state[k])}
    assert all('running_' in key or 'num_batches' in key for key in changed)
    assert bool(changed) != norm_eval
    model.eval()
    assert not any(module.training for module in model.modules())


def test_the_state_is_an_image_classifiers():
    plain = dict(model_of().state_dict())
    init_default_scope('mmpretrain')
    other = MODELS.build(
        dict(
            type='ImageClassifier',
            backbone=dict(type='ResNet10', stem_channels=4, base_channels=2),
            neck=dict(type='OLTRNeck', in_channels=16, out_channels=6, map_size=2),
            head=dict(type='LinearClsHead', num_classes=3, in_channels=6),
        )
    )
    other.load_state_dict(plain)
