"""The re-weighting of smDRAGON against its equations, and its stages on a small network."""

import math

import pytest
import torch
from branch_runs import branch_config, check_resume, check_tested_alone, train
from mmpretrain.structures import DataSample
from tiny_heads import write_linear
from tiny_runs import COUNTS

from vlltr_mm.models import FamiliarityClsHead

SHARES = [n / 24 for n in COUNTS]


def filled(scale=1.0, **kwargs):
    """Return a head whose numbers have no pattern."""
    torch.manual_seed(0)
    head = FamiliarityClsHead(4, 5, list(COUNTS), **kwargs).double()
    for tensor in head.parameters():
        tensor.data.normal_(std=scale)
    head.shares.copy_(torch.tensor(SHARES))
    return head


def feats(batch=6, seed=1):
    generator = torch.Generator().manual_seed(seed)
    return torch.randn(batch, 5, generator=generator, dtype=torch.float64)


@torch.no_grad()
def by_loops(head, x, class_softmax=False):
    """The score (C,) of one feature, from the equations."""
    z = [float(row @ x + b) for row, b in zip(head.fc.weight, head.fc.bias)]
    p = [math.exp(value) / sum(map(math.exp, z)) for value in z]
    falling = sorted(p, reverse=True)
    h = []
    for k in range(len(p) - 1):
        filters = [
            float(w[0, 0] * falling[k] + w[0, 1] * falling[k + 1] + b)
            for w, b in zip(head.conv.weight, head.conv.bias)
        ]
        h.append(sum(max(value, 0) for value in filters) / len(filters))
    a = [sum(float(w) * v for w, v in zip(row, h)) for row in head.dense.weight]
    a = [value + float(b) for value, b in zip(a, head.dense.bias)]
    omega = []
    for t in SHARES:
        z = sum(value * t**power for power, value in enumerate(a))
        omega.append(1 / (1 + math.exp(-z)))
    if class_softmax:  # with a further class of ω 0, which the normalisation takes off
        omega = [math.exp(w) / (1 + sum(map(math.exp, omega))) for w in omega]
    score = [w * q for w, q in zip(omega, p)]
    return torch.tensor([s / sum(score) for s in score], dtype=torch.float64)


@pytest.mark.parametrize('class_softmax', [False, True])
@pytest.mark.parametrize('sizes', [dict(), dict(num_terms=2, num_filters=3)])
def test_equals_loops(class_softmax, sizes):
    head = filled(class_softmax=class_softmax, **sizes)
    scores = head((feats(),)).softmax(dim=1)
    expected = torch.stack([by_loops(head, x, class_softmax) for x in feats()])
    # Shares of float32, powers of them.
    torch.testing.assert_close(scores, expected, atol=1e-6, rtol=1e-5)
    assert not torch.allclose(scores, head.fc(feats()).softmax(dim=1), atol=1e-3)


def test_by_hand():
    """p = (3/4, 1/4), t = (1, 1/2): conv takes the first, a = (0, 3/4·4), ω = σ(3), σ(1.5)."""
    head = FamiliarityClsHead(2, 1, [10, 5], num_terms=2, num_filters=1)
    for tensor in head.parameters():
        tensor.data.zero_()
    head.fc.bias.data[0] = math.log(3)
    head.conv.weight.data[0, 0, 0] = 1.0
    head.dense.weight.data[1, 0] = 4.0
    first, second = 0.75 / (1 + math.exp(-3)), 0.25 / (1 + math.exp(-1.5))
    scores = head((torch.zeros(1, 1),)).softmax(dim=1)
    expected = [first / (first + second), second / (first + second)]
    assert scores[0].tolist() == pytest.approx(expected)


def test_it_starts_as_the_linear_classifier():
    torch.manual_seed(0)
    head = FamiliarityClsHead(4, 5, list(COUNTS))
    x = feats().float()
    torch.testing.assert_close(head((x,)).softmax(1), head.fc(x).softmax(1))


@pytest.mark.parametrize('class_softmax', [False, True])
def test_weights_that_do_not_know_the_class_change_no_order(class_softmax):
    """With a_1 = a_2 = a_3 = 0, whatever a_0 says of the image."""
    head = filled(class_softmax=class_softmax)
    head.dense.weight.data[1:] = 0
    head.dense.bias.data[1:] = 0
    scores, plain = head((feats(),)).softmax(1), head.fc(feats()).softmax(1)
    torch.testing.assert_close(scores, plain)
    assert torch.equal(scores.argmax(1), plain.argmax(1))


def test_classes_may_be_renamed():
    """Weights go by the count of a class, not by its index or rank."""
    head, order = filled(), torch.tensor([2, 0, 3, 1])
    scores = head((feats(),))
    head.fc.weight.data, head.fc.bias.data = head.fc.weight[order], head.fc.bias[order]
    head.shares.copy_(head.shares[order])
    torch.testing.assert_close(head((feats(),)), scores[:, order])


@pytest.mark.parametrize('trains', ['weights', 'linear'])
def test_what_is_trained(trains):
    head = filled(trains=trains)
    samples = [DataSample().set_gt_label(label) for label in (0, 1, 2, 3, 0, 1)]
    (loss,) = head.loss((feats(),), samples).values()
    logits = head((feats(),)) if trains == 'weights' else head.fc(feats())
    picked = logits.log_softmax(1)[range(6), [0, 1, 2, 3, 0, 1]]
    torch.testing.assert_close(loss, -picked.mean())
    loss.backward()
    trained = {name for name, p in head.named_parameters() if p.grad is not None}
    own = {'conv.weight', 'conv.bias', 'dense.weight', 'dense.bias'}
    assert trained == (own if trains == 'weights' else {'fc.weight', 'fc.bias'})


def test_training():
    """Where the network favours classes with images, rare ones get more weight."""
    torch.manual_seed(0)
    head = FamiliarityClsHead(4, 4, list(COUNTS))
    head.fc.weight.data.copy_(torch.eye(4) * 2)
    head.fc.bias.data.copy_(torch.tensor([3.0, 2.0, 1.0, 0.0]))
    labels = torch.arange(4).repeat(8)
    x = torch.eye(4)[labels] + 0.3 * torch.randn(32, 4)
    optimizer = torch.optim.Adam([p for p in head.parameters() if p.requires_grad], lr=0.1)
    sums = []
    for _ in range(20):
        (loss,) = head.loss((x,), [DataSample().set_gt_label(y) for y in labels.tolist()]).values()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        sums.append(loss.item())
    assert sums[-1] < 0.9 * sums[0]
    weights = head.log_weights(head.fc(x).log_softmax(1)).mean(0)
    assert weights[3] > weights[0]


def test_autocast_leaves_the_head_alone():
    head, x = filled().float(), feats().float()
    with torch.autocast('cpu', dtype=torch.bfloat16):
        found = head((x,))
    torch.testing.assert_close(found, head((x,)), rtol=0, atol=0)


def stage(root, folder, head, trains, **kwargs):
    backbone = dict(type='CIFARResNet', depth=8, channels=(2, 4, 8), frozen=trains == 'weights')
    counts = str(root / 'data' / 'ImageNet_LT_train.txt')
    head = dict(head, num_classes=4, in_channels=8)
    if head['type'] != 'LinearClsHead':
        head.update(class_counts=counts, trains=trains)
    neck = dict(type='GlobalAveragePooling')
    model = dict(type='ImageClassifier', backbone=backbone, neck=neck, head=head)
    cfg = branch_config(root, model, epochs=2, type='HoldOutDataset', **kwargs)
    cfg.work_dir = str(root / folder)
    return cfg


@pytest.mark.slow
def test_the_stages(tmp_path):
    """Fit on held-out images, resumed like undisturbed; then all anew but the weights."""
    train(stage(tmp_path, 'rest', dict(type='LinearClsHead'), 'linear', part='rest'))
    first = str(tmp_path / 'rest' / 'epoch_2.pth')
    ours = dict(type='FamiliarityClsHead')
    cfg = stage(tmp_path, 'fit', dict(ours, linear=first), 'weights', part='held', below=2)
    cfg.model.backbone.init_cfg = dict(type='Pretrained', prefix='backbone.', checkpoint=first)
    cfg.train_dataloader.batch_size = 2
    cfg.train_dataloader.sampler = dict(type='ClassBalancedSampler', power=0)
    fit = check_resume(cfg)
    rest = torch.load(first, weights_only=False)['state_dict']
    for key, value in rest.items():
        assert torch.equal(fit.state[key], value), key
    assert fit.state['head.dense.bias'].any()
    assert fit.state['head.shares'].tolist() == pytest.approx(SHARES)
    second = str(tmp_path / 'fit' / 'epoch_2.pth')
    last = train(stage(tmp_path, 'all', dict(ours, weights=second), 'linear', part='rest'))
    for key in ('conv.weight', 'conv.bias', 'dense.weight', 'dense.bias', 'shares'):
        assert torch.equal(last.state[f'head.{key}'], fit.state[f'head.{key}']), key
    assert not torch.equal(last.state['head.fc.weight'], fit.state['head.fc.weight'])
    # The counts are in the checkpoint: no list is needed.
    head = FamiliarityClsHead(4, 8, 'gone.txt')
    head.load_state_dict({k[5:]: v for k, v in last.state.items() if k.startswith('head.')})
    assert head((torch.zeros(1, 8),)).isfinite().all()
    check_tested_alone(last)


def test_errors(tmp_path):
    with pytest.raises(ValueError, match=r"trains is 'all'; allowed are 'weights', 'linear'"):
        FamiliarityClsHead(4, 5, list(COUNTS), trains='all')
    with pytest.raises(ValueError, match='has 4 counts for 3 classes'):
        FamiliarityClsHead(3, 5, list(COUNTS))
    path = write_linear(tmp_path)
    with pytest.raises(ValueError, match='head.conv.weight is None, the head takes'):
        FamiliarityClsHead(4, 16, list(COUNTS), weights=path).init_weights()
    head = FamiliarityClsHead(4, 16, list(COUNTS), linear=path)
    head.init_weights()
    state = torch.load(path)['state_dict']
    assert torch.equal(head.fc.weight, state['head.fc.weight'])
