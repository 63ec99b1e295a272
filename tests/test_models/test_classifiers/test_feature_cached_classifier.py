"""A head sees the same, whether features or images come in."""

import pytest
import torch
import torch.nn.functional as F
from clip_files import images, tiny_arch
from mmpretrain.registry import MODELS
from mmpretrain.structures import DataSample

HEAD = dict(type='LinearClsHead', num_classes=3, in_channels=16)


def build(**kwargs):
    return MODELS.build(dict(type='FeatureCachedClassifier', head=HEAD, **kwargs))


def test_scale_makes_the_norm_of_features_and_of_images():
    torch.manual_seed(0)
    tower = dict(type='OpenCLIPVisionBackbone', arch=tiny_arch(), frozen=True)
    model = build(backbone=tower, scale=10.0).eval()
    pixels = images()
    plain = model.backbone(pixels)[-1]
    expected = 10 * F.normalize(plain, dim=1)
    torch.testing.assert_close(model.extract_feat(pixels)[-1], expected)
    torch.testing.assert_close(model.extract_feat(7 * plain)[-1], expected)
    model.scale = None
    assert torch.equal(model.extract_feat(plain)[-1], plain)


def test_no_backbone_trains_and_leaves_a_head_alone_in_the_checkpoint():
    model = build(data_preprocessor=dict(type='FeatureDataPreprocessor'), scale=10.0)
    assert sorted(model.state_dict()) == ['head.fc.bias', 'head.fc.weight']
    feats, labels = torch.eye(16)[:3], range(3)
    batch = dict(inputs=feats, data_samples=[DataSample().set_gt_label(label) for label in labels])
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    losses = []
    for _ in range(20):
        loss = model(**model.data_preprocessor(batch, True), mode='loss')['loss']
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    assert losses[-1] < 0.1 * losses[0]
    assert [s.pred_label.item() for s in model.test_step(batch)] == [0, 1, 2]


@pytest.mark.parametrize('scale', [0, -1.0, float('inf'), float('nan')])
def test_scales_that_are_none(scale):
    with pytest.raises(ValueError, match=f'scale is {scale}; give a finite number > 0'):
        build(scale=scale)
