"""A batch and the counts of losses and metrics show what does not fit."""

import numpy as np
import pytest
import torch
from mmengine.config import Config
from mmengine.registry import init_default_scope
from mmpretrain.registry import MODELS
from mmpretrain.structures import DataSample
from torch import nn

from vlltr_mm.apis.checks import model as model_checks
from vlltr_mm.apis.checks.data import DataReport
from vlltr_mm.apis.checks.model import (
    check_counts,
    check_forward,
    check_metrics,
    preprocessing_notes,
    stage1_memory,
)
from vlltr_mm.models import CVLP

BACKBONE = dict(type='ResNet', depth=18, base_channels=8, stem_channels=8)
NECK = dict(type='GlobalAveragePooling')


@pytest.fixture(autouse=True)
def scope():
    init_default_scope('mmpretrain')


def data(name='train', **kwargs):
    samples = [DataSample().set_gt_label(i % 3) for i in range(4)]
    batch = dict(inputs=torch.zeros(4, 3, 32, 32, dtype=torch.uint8), data_samples=samples)
    return DataReport(name, batch=batch, **kwargs)


def classifier(head, **kwargs):
    head = dict(dict(num_classes=3, in_channels=64), **head)
    return MODELS.build(
        dict(
            dict(type='ImageClassifier', backbone=BACKBONE, neck=NECK, head=head),
            data_preprocessor=dict(mean=[0, 0, 0], std=[1, 1, 1], num_classes=3),
            **kwargs,
        )
    )


LINEAR = dict(type='LinearClsHead')
LGR = dict(type='LGRHead', embed_dims=16, num_anchors=2, anchors='of/stage1.safetensors')


@pytest.mark.parametrize(
    'head',
    [
        LINEAR,
        LGR,
        dict(LINEAR, loss=dict(type='LogitAdjustedLoss', class_counts=[3, 2, 1])),
        dict(type='StackedLinearClsHead', mid_channels=[8]),
    ],
)
def test_what_fits(head):
    check_forward(classifier(head), data(), None)
    mixing = dict(augments=[dict(type='Mixup', alpha=1.0)])
    if head is not LGR and 'Logit' not in str(head):
        soft = dict(head, loss=dict(type='CrossEntropyLoss', use_soft=True))
        check_forward(classifier(soft, train_cfg=mixing), data(), None)


@pytest.mark.parametrize('head', [LINEAR, LGR])
def test_in_channels(head):
    match = r'head.in_channels is 8, but backbone and neck give features of width 64 \(shape \(2'
    with pytest.raises(ValueError, match=match):
        check_forward(classifier(dict(head, in_channels=8)), data(), None, 8)
    with pytest.raises(ValueError, match=match):
        check_forward(classifier(dict(head, in_channels=8)), None, data('val'), 8)


def test_counts_of_losses(tmp_path):
    loss = dict(type='LogitAdjustedLoss', class_counts=str(tmp_path / 'none.txt'))
    with pytest.raises(FileNotFoundError, match="none.txt' does not exist"):
        check_forward(classifier(dict(LINEAR, loss=loss)), data(), None)
    (tmp_path / 'none.txt').write_text('a 0\nb 1\n')
    with pytest.raises(ValueError, match='has 2 classes, but the logits have shape'):
        check_forward(classifier(dict(LINEAR, loss=loss)), data(), None)
    (tmp_path / 'none.txt').write_text('a 0\nb 1\nc 2\nd 2\n')
    model = classifier(dict(LINEAR, loss=loss))
    train = data(counts=np.array([1, 1, 2]))
    check_forward(model, train, None)
    assert check_counts(model, train) == []
    (note,) = check_counts(model, data(counts=np.array([1, 3, 2])))
    assert note.startswith('model.head.loss_module counts other training images')
    assert note.endswith('of 1 classes: 1 of class 1 instead of 3.')


def test_what_is_left_alone():
    training_free = dict(type='KNNClsHead', num_classes=3)
    model = classifier(LINEAR)
    model.head = MODELS.build(training_free)
    check_forward(model, None, data('test'))
    check_forward(classifier(LINEAR), None, None)
    check_forward(torch.nn.Linear(1, 1), data(), None)
    check_forward(classifier(LINEAR), DataReport('train'), None)


@pytest.mark.parametrize('metric', ['ClassSplitAccuracy', 'SentenceRetrieval'])
def test_counts_of_metrics(metric):
    cfg = Config(dict(val_evaluator=dict(type=metric), test_evaluator=[dict(type='Accuracy')]))
    known = dict(classes=('a', 'b', 'c'), class_counts=(3, 2, 1))
    check_metrics(cfg, dict(val=DataReport('val', metainfo=known)))
    check_metrics(cfg, {})
    without = dict(classes=known['classes'])
    with pytest.raises(ValueError, match='class_counts is None and the metainfo'):
        check_metrics(cfg, dict(val=DataReport('val', metainfo=without)))
    cfg.val_evaluator.class_counts = [3, 2]
    with pytest.raises(ValueError, match='class_counts has 2 counts for 3 classes'):
        check_metrics(cfg, dict(val=DataReport('val', metainfo=known)))


def test_kept_bytes_are_those_of_the_backward_pass():
    tower = nn.Sequential(nn.Linear(4, 3), nn.Sigmoid(), nn.Linear(3, 1))
    # The inputs of the linear maps, one of which is the sigmoid's output too.
    assert model_checks._kept_bytes(tower, torch.zeros(2, 4)) == 4 * (2 * 4 + 2 * 3)


def test_memory_of_stage_1(monkeypatch):
    arch = dict(
        embed_dim=4,
        vision_cfg=dict(image_size=32, layers=(1, 1, 1, 1), width=4, head_width=16),
        text_cfg=dict(context_length=8, vocab_size=64, width=8, heads=1, layers=1),
    )

    def memory(batch, chunk_size=None, **kwargs):
        tower = dict(arch=arch, **kwargs)
        vision = dict(type='OpenCLIPVisionBackbone', norm_eval=True, **tower)
        text = dict(type='OpenCLIPTextBackbone', **tower)
        model = CVLP(vision, text, teacher=False, chunk_size=chunk_size)
        return list(stage1_memory(model, batch).items())

    (images, activations), one = memory(8), memory(1)
    assert images == ('8 images in float32', 8 * 3 * 32 * 32 * 4)
    assert activations[1] == 8 * one[1][1] > images[1]
    assert 'activations of 8 samples' in activations[0]
    chunked = memory(8, chunk_size=2)
    assert 'activations of 2 samples' in chunked[1][0]
    assert chunked[0] == images and chunked[1][1] < activations[1] / 4
    assert memory(8, grad_checkpointing=True) == []


def test_images_of_another_mean_than_the_tower_was_trained_with_are_told():
    """SigLIP's is 0.5, as open_clip's table of weights says."""
    tower = dict(arch='RN50', pretrained=None)
    half = dict(type='ClsDataPreprocessor', mean=[127.5] * 3, std=[127.5] * 3, to_rgb=True)
    clips = dict(half, mean=[122.771, 116.746, 104.094], std=[68.501, 66.632, 70.323])
    model = nn.Module()
    with torch.device('meta'):
        model.backbone = MODELS.build(dict(type='OpenCLIPVisionBackbone', **tower))
    for arch, fits, other in (('RN50', clips, half), ('ViT-B-16-SigLIP', half, clips)):
        model.backbone.arch = arch
        model.data_preprocessor = MODELS.build(dict(fits))
        assert preprocessing_notes(model) == []
        model.data_preprocessor = MODELS.build(dict(other))
        (note,) = preprocessing_notes(model)
        assert f'than backbone ({arch}) was trained with' in note
    assert 'that is mean=[127.5, 127.5, 127.5], std=[127.5, 127.5, 127.5].' in note
    model.backbone.arch = dict(embed_dim=1)  # nothing is known of it
    assert preprocessing_notes(model) == []
