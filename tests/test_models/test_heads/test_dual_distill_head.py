"""SSD's third stage: two classifiers, one of them for a frozen teacher."""

import math

import pytest
import torch
from branch_runs import branch_config, check_resume, check_tested_alone
from contrast_runs import TOWER, views
from mmpretrain.registry import MODELS

from vlltr_mm.models.heads.decoupling_heads import load_linear

TOWER = {key: TOWER[key] for key in ('backbone', 'neck')}
HEAD = dict(type='DualDistillClsHead', num_classes=4, in_channels=8)
TEACHER = dict(
    type='ImageClassifier', **TOWER, head=dict(type='LWSClsHead', num_classes=4, in_channels=8)
)


def write_teacher(path):
    torch.manual_seed(1)
    model = MODELS.build(TEACHER)
    model.init_weights()
    model.head.scales.data = torch.tensor([1.0, 2.0, 0.5, 3.0])
    torch.save(dict(state_dict=model.state_dict()), path)
    return model.eval()


def student(path, **kwargs):
    return dict(
        type='DistilledClassifier',
        **TOWER,
        head=dict(HEAD, **kwargs),
        teacher=TEACHER,
        teacher_checkpoint=str(path),
        temperature=2.0,
    )


def shares(row, temperature=1.0):
    values = [math.exp(z / temperature) for z in row]
    return [value / sum(values) for value in values]


def test_the_losses_equal_the_formula(tmp_path):
    """CE of the hard logits + 4·KL(teacher ‖ soft logits), each the mean over N."""
    teacher = write_teacher(tmp_path / 'teacher.pth')
    torch.manual_seed(0)
    model = MODELS.build(student(tmp_path / 'teacher.pth'))
    model.init_weights()
    model.eval()
    (images, _), samples, labels = views(edge=8, dtype=torch.float32)
    feats = model.extract_feat(images)[-1]
    with torch.no_grad():
        hard, soft = model.head.hard_fc(feats).tolist(), model.head.fc(feats).tolist()
        told = teacher(images).tolist()
    ce = sum(-math.log(shares(row)[y]) for row, y in zip(hard, labels)) / 4
    kl = 0.0
    for own, other in zip(soft, told):
        pairs = zip(shares(other, 2.0), shares(own, 2.0))
        kl += 4 * sum(p * math.log(p / q) for p, q in pairs) / 4
    losses = model.loss(images, samples)
    assert set(losses) == {'loss_hard', 'loss_distill'}
    assert losses['loss_hard'].item() == pytest.approx(ce, rel=1e-5)
    assert losses['loss_distill'].item() == pytest.approx(kl, rel=1e-4)
    scores = torch.stack([s.pred_score for s in model.predict(images)])
    torch.testing.assert_close(scores, torch.tensor(soft).softmax(1))


def test_each_layer_has_one_loss(tmp_path):
    write_teacher(tmp_path / 'teacher.pth')
    model = MODELS.build(student(tmp_path / 'teacher.pth'))
    model.init_weights()
    (images, _), samples, _ = views(edge=8, dtype=torch.float32)
    losses = model.loss(images, samples)
    trained = {}
    for name, loss in losses.items():
        model.zero_grad()
        loss.backward(retain_graph=True)
        trained[name] = {n for n, p in model.named_parameters() if p.grad is not None}
    backbone = {name for name, _ in model.named_parameters() if name.startswith('backbone.')}
    assert trained['loss_hard'] == backbone | {'head.hard_fc.weight', 'head.hard_fc.bias'}
    assert trained['loss_distill'] == backbone | {'head.fc.weight', 'head.fc.bias'}


def test_accuracies_are_those_of_the_labels():
    head = MODELS.build(dict(HEAD, cal_acc=True))
    _, samples, labels = views()
    head.hard_fc.weight.data.zero_()
    head.hard_fc.weight.data[:, :4] = torch.eye(4)
    feats = torch.eye(8)[labels]
    assert head.loss((feats,), samples)['accuracy_top-1'][0].item() == 100


def test_its_classifier_can_be_scaled(tmp_path):
    """What stage 4 reads is the layer that predicts."""
    head = MODELS.build(HEAD)
    state = {f'head.{key}': value for key, value in head.state_dict().items()}
    torch.save(dict(state_dict=state), tmp_path / 'stage3.pth')
    fc = torch.nn.Linear(8, 4)
    load_linear(fc, str(tmp_path / 'stage3.pth'))
    assert torch.equal(fc.weight, head.fc.weight) and torch.equal(fc.bias, head.fc.bias)


def test_no_classes():
    with pytest.raises(ValueError, match='num_classes is 0'):
        MODELS.build(dict(HEAD, num_classes=0))


@pytest.mark.slow
def test_trains_resumes_and_is_tested_without_the_teacher(tmp_path):
    write_teacher(tmp_path / 'teacher.pth')
    whole = check_resume(branch_config(tmp_path, student(tmp_path / 'teacher.pth'), epochs=2))
    assert whole.losses[-1] < whole.losses[0]
    (tmp_path / 'teacher.pth').unlink()
    check_tested_alone(whole)
