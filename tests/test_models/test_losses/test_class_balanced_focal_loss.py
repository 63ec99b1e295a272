"""Class-balanced focal loss against the paper's formula."""

import math

import loss_oracles
import pytest
import torch
import torch.nn.functional as F
from mmpretrain.models.losses import sigmoid_focal_loss

from vlltr_mm.models import ClassBalancedFocalLoss

COUNTS = [500, 40, 7, 1]


@pytest.mark.parametrize('beta', [0.0, 0.9999])
@pytest.mark.parametrize('gamma', [0.0, 0.5, 1.0, 2.0])
def test_equals_the_formula(beta, gamma):
    scores = 3 * torch.randn(6, 4, dtype=torch.float64)
    labels = torch.tensor([0, 1, 2, 3, 0, 3])
    loss = ClassBalancedFocalLoss(COUNTS, beta=beta, gamma=gamma, reduction='none')
    plain = [
        loss_oracles.weighted_focal(row, y, COUNTS, beta, gamma)
        for row, y in zip(scores.tolist(), labels.tolist())
    ]
    # float64 on both sides.
    assert loss(scores, labels).tolist() == pytest.approx(plain, rel=1e-9)


def test_by_hand():
    # p = 1/2 twice: 0.8·(1/4 + 1/4)·log 2 with γ = 2.
    loss = ClassBalancedFocalLoss([1, 2], beta=0.5, gamma=2.0)
    value = loss(torch.zeros(1, 2), torch.tensor([1]))
    assert float(value) == pytest.approx(0.4 * math.log(2))


@pytest.mark.parametrize('gamma', [1.0, 2.0])
def test_equals_the_hosts_focal_loss_without_weights(gamma):
    scores, labels = torch.randn(5, 4), torch.tensor([3, 1, 0, 0, 2])
    own = ClassBalancedFocalLoss(COUNTS, gamma=gamma)
    own.reweight = False
    host = sigmoid_focal_loss(scores, F.one_hot(labels, 4), gamma=gamma, alpha=0.5, avg_factor=5)
    torch.testing.assert_close(own(scores, labels), 2 * host)


@pytest.mark.parametrize('gamma', [0.0, 0.5, 2.0])
def test_gradient_is_finite_where_sigmoids_saturate(gamma):
    scores = torch.tensor([[80.0, -80.0], [-80.0, 80.0]], requires_grad=True)
    loss = ClassBalancedFocalLoss([9, 1], gamma=gamma)
    value = loss(scores, torch.tensor([0, 0]))
    value.backward()
    assert value.isfinite() and scores.grad.isfinite().all()


def test_gamma_is_checked():
    with pytest.raises(ValueError, match='gamma is -1'):
        ClassBalancedFocalLoss(COUNTS, gamma=-1)
    with pytest.raises(ValueError, match='gamma is inf; give a finite value'):
        ClassBalancedFocalLoss(COUNTS, gamma=float('inf'))
