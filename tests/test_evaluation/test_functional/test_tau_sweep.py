"""The sweep of τ, against the head and plain loops."""

import math

import pytest
import torch

from vlltr_mm.evaluation import ClassSplits
from vlltr_mm.evaluation.functional.tau_sweep import best_tau, sweep_tau
from vlltr_mm.models import TauNormClsHead

COUNTS = (200, 150, 50, 10, 5)
SPLITS = ClassSplits(COUNTS)
TAUS = (1.0, 0.0, 0.35, 2.0)


def problem(seed=0):
    generator = torch.Generator().manual_seed(seed)
    weight = torch.randn(5, 4, generator=generator) * torch.tensor(
        [[8.0], [4.0], [1.0], [0.3], [0.1]]
    )
    labels = torch.arange(100) % 5
    feats = torch.nn.functional.normalize(weight, dim=1)[labels] + 0.3 * torch.randn(
        100, 4, generator=generator
    )
    return feats, labels, weight


def plain_row(feats, labels, weight, tau):
    """Classify image by image and average class by class."""
    right = {c: [] for c in range(5)}
    for x, label in zip(feats.tolist(), labels.tolist()):
        scores = []
        for w in weight.tolist():
            norm = math.sqrt(sum(v * v for v in w))
            scores.append(sum(v / norm**tau * a for v, a in zip(w, x)))
        right[label].append(scores.index(max(scores)) == label)
    accuracy = {c: 100 * sum(r) / len(r) for c, r in right.items()}
    return dict(
        tau=tau,
        top1=sum(accuracy.values()) / 5,
        many=(accuracy[0] + accuracy[1]) / 2,
        medium=accuracy[2],
        few=(accuracy[3] + accuracy[4]) / 2,
    )


@pytest.mark.parametrize('block_size', [1, 33, 4096])
def test_rows_equal_plain_loops(block_size):
    feats, labels, weight = problem()
    rows = sweep_tau(feats, labels, weight, TAUS, SPLITS, block_size=block_size)
    assert len({row['top1'] for row in rows}) > 2
    for row, tau in zip(rows, TAUS):
        assert row == pytest.approx(plain_row(feats, labels, weight, tau))


def test_predictions_are_those_of_the_head():
    feats, labels, weight = problem(1)
    head = TauNormClsHead(5, 4)
    head.fc.weight.data.copy_(weight)
    for row in sweep_tau(feats, labels, weight, TAUS, SPLITS):
        head.tau = row['tau']
        predicted = head((feats,)).argmax(dim=1)
        assert row['top1'] == pytest.approx(100 * float((predicted == labels).double().mean()))


def test_other_splits_are_used():
    feats, labels, weight = problem()
    (row,) = sweep_tau(feats, labels, weight, [0], ClassSplits(COUNTS, (10, 50), 'oltr'))
    plain = plain_row(feats, labels, weight, 0)
    assert row['few'] == pytest.approx(plain['few'])  # 10 counts as few
    assert math.isnan(row['medium'])  # 50 counts as many


def test_a_row_by_hand():
    feats = torch.tensor([[1.0, 0.0], [0.0, 1.0]])
    weight = torch.tensor([[4.0, 3.0], [0.0, 1.0]])
    rows = sweep_tau(feats, torch.tensor([0, 1]), weight, [0, 1], ClassSplits([200, 5]))
    # Image 1 scores 3 against 1, and 3/5 against 1 at τ = 1.
    assert [r['top1'] for r in rows] == [50.0, 100.0]
    assert [r['few'] for r in rows] == [0.0, 100.0]


def test_the_best_is_the_smallest_of_the_tied():
    rows = [
        dict(tau=t, top1=a)
        for t, a in ((0.2, 40.0), (0.9, 70.0), (0.5, 70.0), (0.7, 70.0), (0.1, 69.9))
    ]
    assert best_tau(rows) == 0.5


def test_errors():
    feats, labels, weight = problem()
    for taus in ((), (-0.1, 0.5)):
        with pytest.raises(ValueError, match='at least one, and none below 0'):
            sweep_tau(feats, labels, weight, taus, SPLITS)
    for taus in (0.5, None, ['1'], [0, float('nan')], [1e308], [True], [[1]]):
        with pytest.raises(ValueError, match='taus is .*; it must be a'):
            sweep_tau(feats, labels, weight, taus, SPLITS)
