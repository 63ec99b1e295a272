"""Logit adjustment against the papers' formulas."""

import math

import loss_oracles
import pytest
import torch
import torch.nn.functional as F

from vlltr_mm.models import LogitAdjustedLoss

COUNTS = [500, 40, 7, 1]
LABELS = torch.tensor([0, 1, 2, 3, 0, 3])


@pytest.mark.parametrize('tau', [0.0, 0.5, 1.0, 2.0])
def test_equals_the_formula(tau):
    scores = 3 * torch.randn(6, 4, dtype=torch.float64)
    loss = LogitAdjustedLoss(COUNTS, tau=tau, reduction='none')
    plain = [
        loss_oracles.logit_adjusted(row, y, COUNTS, tau)
        for row, y in zip(scores.tolist(), LABELS.tolist())
    ]
    # float64 on both sides.
    assert loss(scores, LABELS).tolist() == pytest.approx(plain, rel=1e-9)


def test_by_hand():
    # Equal logits, so the prior itself: 3/4 and 1/4.
    loss = LogitAdjustedLoss([3, 1], reduction='none')
    value = loss(torch.zeros(2, 2), torch.tensor([0, 1]))
    assert value.tolist() == pytest.approx([math.log(4 / 3), math.log(4)])


def test_balanced_softmax_is_tau_one():
    """Ren et al. 2020: n_y·e^{z_y} / Σ_i n_i·e^{z_i}."""
    scores = torch.randn(6, 4)
    shares = torch.tensor(COUNTS) * scores.exp()
    shares = shares / shares.sum(dim=1, keepdim=True)
    torch.testing.assert_close(
        LogitAdjustedLoss(COUNTS)(scores, LABELS), -shares[torch.arange(6), LABELS].log().mean()
    )


def test_equal_counts_and_the_unit_of_counts_do_not_matter():
    scores = torch.randn(6, 4)
    torch.testing.assert_close(
        LogitAdjustedLoss([7] * 4)(scores, LABELS), F.cross_entropy(scores, LABELS)
    )
    torch.testing.assert_close(
        LogitAdjustedLoss(COUNTS)(scores, LABELS),
        LogitAdjustedLoss([3 * n for n in COUNTS])(scores, LABELS),
    )


def test_tau_is_checked():
    with pytest.raises(ValueError, match='tau is inf'):
        LogitAdjustedLoss(COUNTS, tau=math.inf)
