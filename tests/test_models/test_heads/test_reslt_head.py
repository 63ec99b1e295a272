"""ResLT's head against loops; and a network with it, trained and resumed."""

import pytest
import torch
import torch.nn.functional as F
from branch_runs import branch_config, check_resume, check_tested_alone
from mmpretrain.structures import DataSample

from vlltr_mm.models import ResLTClsHead

LOSS = dict(type='ResLTLoss', class_counts=[24, 12, 6, 3], beta=0.9, medium_below=20, few_below=5)


def filled(gamma=0.0, **kwargs):
    torch.manual_seed(0)
    head = ResLTClsHead(4, 15, loss=LOSS, gamma=gamma, **kwargs).double()
    head.fc.weight.data.normal_()
    return head


def feats():
    return (torch.randn(6, 15, dtype=torch.float64, generator=torch.Generator().manual_seed(2)),)


@pytest.mark.parametrize('gamma', [0.0, 0.3, 1.0])
def test_the_test_classifier(gamma):
    head, (x,) = filled(gamma), feats()
    expected = torch.zeros(6, 4, dtype=torch.float64)
    for i in range(6):
        for c in range(4):
            w = head.fc.weight[c]
            for b in range(3):
                expected[i, c] += (w / w.norm() ** gamma) @ x[i, 5 * b : 5 * b + 5]
    torch.testing.assert_close(head((x,)), expected)


def test_identities():
    """γ = 0: the sum of the branches without their biases. γ = 1: all norms alike."""
    head = filled()
    summed = head.branch_logits(feats()).sum(1) - 3 * head.fc.bias
    torch.testing.assert_close(head(feats()), summed)
    even = filled(gamma=1.0)
    expected = feats()[0].unflatten(1, (3, 5)).sum(1) @ F.normalize(even.fc.weight).T
    torch.testing.assert_close(even(feats()), expected)
    even.fc.weight.data.mul_(torch.tensor([[1.0], [7.0], [0.1], [3.0]]))
    torch.testing.assert_close(even(feats()), expected)


def test_loss_and_accuracy():
    head = filled(cal_acc=True)
    samples = [DataSample().set_gt_label(label) for label in (0, 1, 2, 3, 0, 1)]
    losses = head.loss(feats(), samples)
    logits, labels = head.branch_logits(feats()), torch.tensor([0, 1, 2, 3, 0, 1])
    torch.testing.assert_close(losses['loss'], head.loss_module(logits, labels))
    right = (logits.sum(1).argmax(1) == labels).double().mean() * 100
    assert float(losses['accuracy_top-1'][0]) == pytest.approx(float(right))
    predicted = head.predict(feats())
    assert [int(p.pred_label) for p in predicted] == head(feats()).argmax(1).tolist()


def test_errors():
    with pytest.raises(ValueError, match='gamma is -1'):
        filled(gamma=-1)
    with pytest.raises(ValueError, match=r'2 branches, its loss \(ResLTLoss\) 3'):
        filled(num_branches=2)
    with pytest.raises(ValueError, match=r'its loss \(CrossEntropyLoss\) none; use ResLTLoss'):
        ResLTClsHead(4, 15, loss=dict(type='CrossEntropyLoss'))
    with pytest.raises(ValueError, match='in_channels is 16, which is no multiple of num_bran'):
        ResLTClsHead(4, 16, loss=LOSS)
    with pytest.raises(ValueError, match=r'shape \(6, 10\), but in_channels is 15, of 3 branches'):
        filled()((feats()[0][:, :10],))


def config(root):
    return branch_config(
        root,
        dict(
            type='ImageClassifier',
            backbone=dict(type='CIFARResNet', depth=8, channels=(4, 6, 8)),
            neck=dict(type='ResLTNeck', in_channels=8, pool='first_at_test'),
            head=dict(type='ResLTClsHead', num_classes=4, in_channels=24, gamma=0.5, loss=LOSS),
        ),
    )


@pytest.mark.slow
def test_trains_resumes_and_is_tested_alone(tmp_path):
    whole = check_resume(config(tmp_path))
    assert whole.losses[-1] < whole.losses[0]
    check_tested_alone(whole)
