"""Class-balanced cross entropy against the paper's formula."""

import math

import loss_oracles
import pytest
import torch
from mmpretrain.models.losses import CrossEntropyLoss

from vlltr_mm.models import ClassBalancedCELoss
from vlltr_mm.models.losses.count_based_loss import class_balanced_weights

COUNTS = [500, 40, 7, 1]


@pytest.mark.parametrize('beta', [0.0, 0.5, 0.999, 0.9999])
def test_equals_the_formula(beta):
    scores = 3 * torch.randn(6, 4, dtype=torch.float64)
    labels = torch.tensor([0, 1, 2, 3, 0, 3])
    loss = ClassBalancedCELoss(COUNTS, beta=beta, reduction='none')
    plain = [
        loss_oracles.weighted_ce(row, y, COUNTS, beta)
        for row, y in zip(scores.tolist(), labels.tolist())
    ]
    # float64 on both sides.
    assert loss(scores, labels).tolist() == pytest.approx(plain, rel=1e-9)


def test_by_hand():
    # 1/1 and 1/(1 + 0.5), scaled to the sum 2: 1.2 and 0.8.
    loss = ClassBalancedCELoss([1, 2], beta=0.5, reduction='none')
    value = loss(torch.zeros(2, 2), torch.tensor([0, 1]))
    assert value.tolist() == pytest.approx([1.2 * math.log(2), 0.8 * math.log(2)])


def test_weights_are_exact_in_float32():
    counts = torch.tensor([5000.0, 100.0, 2.0, 1.0])
    plain = loss_oracles.weights(counts.tolist(), 0.9999)
    # A few units of the last digit; 1 - beta**n would lose four digits.
    assert class_balanced_weights(counts, 0.9999).tolist() == pytest.approx(plain, rel=1e-6)


def test_equals_the_hosts_loss_with_these_weights():
    scores, labels = torch.randn(5, 4), torch.tensor([3, 1, 0, 0, 2])
    host = CrossEntropyLoss(class_weight=loss_oracles.weights(COUNTS, 0.9999))
    own = ClassBalancedCELoss(COUNTS)
    torch.testing.assert_close(
        own(scores, labels, avg_factor=5), host(scores, labels, avg_factor=5)
    )
    own.reweight = False
    torch.testing.assert_close(own(scores, labels), CrossEntropyLoss()(scores, labels))


@pytest.mark.parametrize('beta', [1.0, -0.1, float('nan')])
def test_beta_is_checked(beta):
    with pytest.raises(ValueError, match=f'beta is {beta}'):
        ClassBalancedCELoss(COUNTS, beta=beta)
