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


@pytest.mark.parametrize('power', [0.0, 0.5, 1.0, 2.0])
def test_a_sampler_of_a_power_leaves_that_prior(power):
    scores = 3 * torch.randn(6, 4, dtype=torch.float64)
    drawn = [n**power / sum(m**power for m in COUNTS) for n in COUNTS]
    expected = [
        loss_oracles.logit_adjusted(row, y, drawn, 1)
        for row, y in zip(scores.tolist(), LABELS.tolist())
    ]
    by_hand = LogitAdjustedLoss(COUNTS, sampling_power=power, reduction='none')
    told = LogitAdjustedLoss(COUNTS, reduction='none')
    told.set_prior(torch.tensor(drawn))
    for loss in (by_hand, told):
        # The prior that is told is of float32 here.
        assert loss(scores, LABELS).tolist() == pytest.approx(expected, rel=1e-6)
    told.set_prior(None)
    torch.testing.assert_close(
        told(scores, LABELS), LogitAdjustedLoss(COUNTS, reduction='none')(scores, LABELS)
    )


def test_class_balanced_sampling_leaves_nothing_to_adjust():
    scores = torch.randn(6, 4)
    loss = LogitAdjustedLoss(COUNTS)
    loss.set_prior(torch.full((4,), 0.25))
    torch.testing.assert_close(loss(scores, LABELS), F.cross_entropy(scores, LABELS))


def test_classes_that_are_not_drawn_count_as_the_rarest():
    scores = torch.randn(4, 4, requires_grad=True)
    loss = LogitAdjustedLoss([500, 40, 1, 1], reduction='none')
    loss.set_prior(torch.tensor([0.9, 0.1]))  # no label beyond 1
    expected = scores + torch.tensor([0.9, 0.1, 0.1, 0.1]).log()
    labels = torch.tensor([0, 1, 0, 1])
    losses = loss(scores, labels)
    torch.testing.assert_close(losses, F.cross_entropy(expected, labels, reduction='none'))
    losses.sum().backward()
    assert scores.grad.isfinite().all()
    loss.set_prior(torch.tensor([0.9, 0.0, 0.1]))
    again = scores + torch.tensor([0.9, 0.1, 0.1, 0.1]).log()
    torch.testing.assert_close(
        loss(scores, labels), F.cross_entropy(again, labels, reduction='none')
    )


def test_counts_of_a_file_are_read_with_the_prior(tmp_path):
    (tmp_path / 'counts.json').write_text('[3, 1]')
    loss = LogitAdjustedLoss(str(tmp_path / 'counts.json'))
    assert loss.counts is None
    loss.set_prior(torch.tensor([0.5, 0.5]))
    assert float(loss(torch.zeros(1, 2), torch.tensor([1]))) == pytest.approx(math.log(2))
    assert not loss.state_dict()


@pytest.mark.parametrize(
    'shares', [torch.ones(5) / 5, torch.tensor([-0.5, 1.5]), torch.zeros(4), torch.ones(2, 2) / 4]
)
def test_a_prior_that_does_not_fit_is_refused(shares):
    with pytest.raises(ValueError, match=r'takes shares >= 0 of up to 4 classes.*\[500, 40'):
        LogitAdjustedLoss(COUNTS).set_prior(shares)


@pytest.mark.parametrize('power', [0.5, 0.0])
def test_tau_and_a_balancing_sampler_do_not_meet(power):
    with pytest.raises(ValueError, match=f'tau=0.5 beside sampling_power={power}.*Leave tau out'):
        LogitAdjustedLoss(COUNTS, tau=0.5, sampling_power=power)
    LogitAdjustedLoss(COUNTS, tau=0.5, sampling_power=1)
    LogitAdjustedLoss(COUNTS, sampling_power=power)


def test_tau_is_checked():
    with pytest.raises(ValueError, match='tau is inf'):
        LogitAdjustedLoss(COUNTS, tau=math.inf)
    with pytest.raises(ValueError, match='sampling_power is nan'):
        LogitAdjustedLoss(COUNTS, sampling_power=math.nan)
