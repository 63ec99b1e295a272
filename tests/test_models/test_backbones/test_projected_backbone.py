"""Backbones of MMPretrain as image towers."""

import pytest
import torch
from mmengine.optim import build_optim_wrapper
from mmpretrain.registry import MODELS
from tiny_cvlp import Text, make_batch

from vlltr_mm.models import CVLP, ProjectedBackbone

RESNET = dict(type='ResNet', depth=18, stem_channels=4, base_channels=4)  # 32 channels at the end
VIT = dict(
    type='VisionTransformer',
    arch=dict(embed_dims=16, num_layers=2, num_heads=2, feedforward_channels=16),
    img_size=32,
    patch_size=16,
)
TIMM = dict(type='TIMMBackbone', model_name='test_efficientnet')
BACKBONES = dict(resnet=(RESNET, 32), vit=(VIT, 16), timm=(TIMM, 256))


def tower(kind='resnet', **settings):
    """Build a tower of D = 4."""
    backbone, width = BACKBONES[kind]
    return ProjectedBackbone(backbone, width, 4, **settings)


def images(n=3):
    return torch.randn(n, 3, 32, 32, generator=torch.Generator().manual_seed(0))


def cvlp(**settings):
    """Build stage 1 with the tower of a ResNet."""
    text = Text()
    model = CVLP(tower(**settings), text, teacher=True)
    model.init_weights()
    return model


@pytest.mark.parametrize('kind', BACKBONES)
def test_embeds_by_pooling_and_projecting(kind):
    built = tower(kind).eval()
    (found,) = built(images())
    last = built.backbone(images())[-1]
    pooled = last.mean(dim=(2, 3)) if last.ndim == 4 else last
    torch.testing.assert_close(found, pooled @ built.projection.weight.T)
    assert found.shape == (3, 4) and built.embed_dims == 4


def test_is_registered():
    built = MODELS.build(dict(type='ProjectedBackbone', backbone=VIT, in_channels=16, embed_dims=4))
    assert isinstance(built, ProjectedBackbone)


@pytest.mark.parametrize(
    ('settings', 'trained'),
    [
        (dict(), {'backbone', 'projection'}),
        (dict(frozen_backbone=True), {'projection'}),
        (dict(frozen=True), set()),
    ],
)
def test_trains_what_is_not_frozen(settings, trained):
    built = tower(**settings).train()
    before = {k: v.clone() for k, v in built.state_dict().items()}
    (found,) = built(images())
    assert found.requires_grad == bool(trained)
    if trained:
        found.square().sum().backward()
    with_grad = {name.split('.')[0] for name, p in built.named_parameters() if p.grad is not None}
    assert with_grad == trained
    moved = {
        k.split('.')[0] for k, v in built.state_dict().items() if not torch.equal(v, before[k])
    }
    assert moved == ({'backbone'} if 'backbone' in trained else set())  # BatchNorm's statistics
    assert built.backbone.training == ('backbone' in trained)


def test_norm_eval_keeps_the_statistics():
    built = tower(norm_eval=True).train()
    before = built.state_dict()['backbone.bn1.running_mean'].clone()
    built(images())
    assert torch.equal(built.state_dict()['backbone.bn1.running_mean'], before)
    assert built.training


def test_the_backbones_own_frozen_stages_stay_frozen():
    built = ProjectedBackbone(dict(RESNET, frozen_stages=1), 32, 4).train()
    frozen = {name.split('.')[1] for name, p in built.named_parameters() if not p.requires_grad}
    assert frozen == {'conv1', 'bn1', 'layer1'}


def test_goes_from_stage_one_to_stage_two(tmp_path):
    model = cvlp()
    losses = model(*image_batch(), mode='loss')
    (losses['loss_ccl'] + losses['loss_distill']).backward()
    assert all(p.grad is not None for p in model.vision_backbone.parameters())
    with torch.no_grad():
        model.logit_scale.fill_(3.0)
    path = str(tmp_path / 'epoch_1.pth')
    torch.save(dict(state_dict=model.state_dict()), path)
    second = tower(pretrained=path, frozen=True)
    second.init_weights()
    assert second.pretrained_logit_scale == 3.0
    model.eval()
    torch.testing.assert_close(second(images())[-1], model.extract_feat(images()))
    classifier = {f'backbone.{k}': v for k, v in second.state_dict().items()}
    torch.save(classifier, path)
    third = tower(pretrained=path)
    third.init_weights()
    assert third.pretrained_logit_scale is None
    assert all(torch.equal(v, third.state_dict()[k]) for k, v in second.state_dict().items())


def test_stage_one_starts_at_the_scale_of_the_checkpoint(tmp_path):
    path = str(tmp_path / 'epoch_1.pth')
    first = cvlp()
    torch.nn.init.constant_(first.logit_scale, 2.5)
    torch.save(dict(state_dict=first.state_dict()), path)
    assert cvlp(pretrained=path).logit_scale.item() == 2.5


def image_batch():
    """Return images of 32 px in the place of the batch's."""
    inputs, samples = make_batch()
    return images(len(inputs)), samples


def test_layers_decay_towards_the_images():
    classifier = MODELS.build(
        dict(
            type='ImageClassifier',
            backbone=dict(type='ProjectedBackbone', backbone=VIT, in_channels=16, embed_dims=4),
            head=dict(type='LinearClsHead', num_classes=2, in_channels=4),
        )
    )
    wrapper = build_optim_wrapper(
        classifier,
        dict(
            optimizer=dict(type='SGD', lr=1.0, weight_decay=0.1),
            constructor='LearningRateDecayOptimWrapperConstructor',
            paramwise_cfg=dict(layer_decay_rate=0.5),
        ),
    )
    named = [g for g in wrapper.param_groups if 'param_name' in g]
    rates = {g['param_name']: g['lr'] for g in named}
    assert rates['head.fc.weight'] == rates['backbone.projection.weight'] == 1.0
    assert rates['backbone.backbone.patch_embed.projection.weight'] == 0.125
    assert rates['backbone.backbone.layers.1.ln1.weight'] == 0.5


def test_refuses_a_backbone_without_layers():
    with pytest.raises(NotImplementedError, match='TIMMBackbone has no get_layer_depth'):
        tower('timm').get_layer_depth('projection.weight')


def test_refuses_another_width_and_another_form():
    with pytest.raises(ValueError, match=r'output of ResNet is \(3, 32\) .* must be \(N, 8\)'):
        ProjectedBackbone(RESNET, 8, 4)(images())
    with pytest.raises(ValueError, match=r"is \(3, 4, 16\) .* 'cls_token' or 'avg_featmap'"):
        ProjectedBackbone(dict(VIT, out_type='raw', with_cls_token=False), 16, 4)(images())


def test_refuses_weights_of_something_else(tmp_path):
    path = str(tmp_path / 'other.pth')
    torch.save(tower().backbone.state_dict(), path)
    with pytest.raises(ValueError, match='other.pth holds no ProjectedBackbone.*own init_cfg'):
        tower(pretrained=path).init_weights()
    torch.save(tower('vit').state_dict(), path)
    with pytest.raises(ValueError, match='other.pth and this ResNet with a projection do not fit'):
        tower(pretrained=path).init_weights()
    with pytest.raises(FileNotFoundError, match='nowhere.pth'):
        tower(pretrained='nowhere.pth').init_weights()
