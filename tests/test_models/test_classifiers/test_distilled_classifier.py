"""Distillation from a classifier of more experts."""

import copy
import math

import pytest
import torch
from finished_models import write_finished
from mmengine.config import Config
from mmpretrain.registry import MODELS
from mmpretrain.structures import DataSample

from vlltr_mm.models import DistilledClassifier, logit_distill_loss

COUNTS = [50, 9, 4, 1]


def experts(k):
    return dict(
        type='ImageClassifier',
        backbone=dict(type='ExpertCIFARResNet', depth=8, num_experts=k),
        neck=dict(type='GlobalAveragePooling'),
        head=dict(
            type='MultiExpertClsHead',
            num_classes=4,
            num_experts=k,
            in_channels=48,
            loss=dict(type='RIDELoss', class_counts=COUNTS),
        ),
    )


@pytest.fixture
def teacher(tmp_path):
    torch.manual_seed(0)
    model = MODELS.build(experts(4))
    model.init_weights()
    model.train()(images(16))
    path = str(tmp_path / 'teacher.pth')
    torch.save(dict(state_dict=model.state_dict()), path)
    return model.eval(), path


def student(path, **settings):
    torch.manual_seed(1)
    config = experts(2)
    config.update(
        type='DistilledClassifier', teacher=experts(4), teacher_checkpoint=path, **settings
    )
    return MODELS.build(config)


def images(n=4):
    return torch.randn(n, 3, 32, 32, generator=torch.Generator().manual_seed(0))


def samples():
    return [DataSample().set_gt_label(label) for label in (0, 1, 2, 3)]


@pytest.mark.parametrize('temperature', [0.5, 1.5])
def test_the_loss_equals_the_formula(temperature):
    generator = torch.Generator().manual_seed(0)
    own, other = 3 * torch.randn(2, 5, 4, dtype=torch.float64, generator=generator)
    total = 0.0
    for z, t in zip(own.tolist(), other.tolist()):
        q = [math.exp(v / temperature) for v in z]
        p = [math.exp(v / temperature) for v in t]
        q, p = [v / sum(q) for v in q], [v / sum(p) for v in p]
        total += sum(a * math.log(a / b) for a, b in zip(p, q))
    found = logit_distill_loss(own, other, temperature)
    assert float(found) == pytest.approx(temperature**2 * total / 5, rel=1e-9)
    assert float(logit_distill_loss(own, own)) == pytest.approx(0, abs=1e-12)


def test_learns_from_the_mean_logits_of_the_teacher(teacher):
    trained, path = teacher
    model = student(path, temperature=2.0, distill_weight=0.5)
    model.init_weights()
    found = model.loss(images(), samples())
    feats = model.extract_feat(images())
    with torch.no_grad():
        expected = logit_distill_loss(model.head(feats), trained(images()), 2.0)
    torch.testing.assert_close(found['loss_distill'], 0.5 * expected)
    torch.testing.assert_close(found['loss_cls'], model.head.loss(feats, samples())['loss'])


def test_the_scale_of_the_code_is_the_number_of_experts(teacher):
    once, official = student(teacher[1]), student(teacher[1], expert_scale='official')
    once.init_weights(), official.init_weights()
    official.load_state_dict(once.state_dict())
    plain, scaled = (model.loss(images(), samples()) for model in (once, official))
    for name in ('loss_cls', 'loss_distill'):
        torch.testing.assert_close(scaled[name], 2 * plain[name])


def test_the_teacher_is_no_part_of_the_model(teacher):
    model = student(teacher[1])
    names = [*model.state_dict()]
    model.init_weights()
    assert [*model.state_dict()] == names == [*MODELS.build(experts(2)).state_dict()]
    assert {id(p) for p in model.parameters()} == {
        id(p) for m in (model.backbone, model.head) for p in m.parameters()
    }
    model.loss(images(), samples())['loss_distill'].backward()


def test_the_teacher_stays_as_it_is_unless_its_batches_decide(teacher):
    trained, path = teacher
    steady, moving = student(path), student(path, teacher_eval=False)
    for model in (steady, moving):
        model.init_weights()
        model.train()
    with torch.no_grad():
        expected = trained(images())
        torch.testing.assert_close(steady.teacher_logits(images()), expected)
        by_batch = copy.deepcopy(trained).train()(images())
    torch.testing.assert_close(moving.teacher_logits(images()), by_batch)
    assert not torch.allclose(expected, by_batch)


def test_a_test_needs_no_teacher(teacher):
    model = student('nowhere.pth').eval()
    assert len(model.predict(images())) == 4
    with pytest.raises(RuntimeError, match='call init_weights before the loss'):
        model.loss(images(), samples())


def test_works_with_any_head(teacher):
    plain = dict(
        backbone=dict(type='CIFARResNet', depth=8),
        neck=dict(type='GlobalAveragePooling'),
        head=dict(type='LinearClsHead', num_classes=4, in_channels=64),
    )
    model = DistilledClassifier(teacher=experts(4), teacher_checkpoint=teacher[1], **plain)
    model.init_weights()
    assert set(model.loss(images(), samples())) == {'loss_cls', 'loss_distill'}
    with pytest.raises(ValueError, match='LinearClsHead has no experts'):
        DistilledClassifier(experts(4), teacher[1], expert_scale='official', **plain)


def test_errors(teacher, tmp_path):
    with pytest.raises(ValueError, match="expert_scale is 'k'"):
        student(teacher[1], expert_scale='k')
    with pytest.raises(ValueError, match='temperature'):
        student(teacher[1], temperature=0)
    torch.save(dict(state_dict=MODELS.build(experts(3)).state_dict()), tmp_path / 'b.pth')
    with pytest.raises(ValueError, match=r'b.pth does not fit the teacher: \d+ missing'):
        student(str(tmp_path / 'b.pth')).init_weights()
    with pytest.raises(ValueError, match=r'are \(2, 3\), those of the teacher \(2, 4\)'):
        logit_distill_loss(torch.zeros(2, 3), torch.zeros(2, 4))


def test_a_model_with_text_teaches(tmp_path):
    """The logits are the logs of its fused score; its record of anchors is no obstacle."""
    config, checkpoint = write_finished(tmp_path)
    teacher = Config.fromfile(config).model
    student = dict(experts(2), type='DistilledClassifier')
    model = MODELS.build(dict(student, teacher=teacher, teacher_checkpoint=checkpoint))
    model.init_weights()
    expected = MODELS.build(teacher).eval()
    state = torch.load(checkpoint, weights_only=False)['state_dict']
    assert any('record' in key for key in state)
    expected.load_state_dict(state)
    batch = torch.randn(4, 3, 32, 32)
    logits = model.teacher_logits(batch)
    torch.testing.assert_close(logits, expected(batch))
    torch.testing.assert_close(logits.exp().sum(dim=1), torch.ones(4))
    losses = model.loss(batch, [DataSample().set_gt_label(c) for c in range(4)])
    by_hand = logit_distill_loss(model.head(model.extract_feat(batch)), logits, 1.5)
    torch.testing.assert_close(losses['loss_distill'], by_hand)
