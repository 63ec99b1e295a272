"""SADE's loss against loops from the formula."""

import math

import loss_oracles
import pytest
import torch
import torch.nn.functional as F

from vlltr_mm.models import DiverseExpertLoss, LogitAdjustedLoss
from vlltr_mm.models.losses.diverse_expert_loss import reversed_counts

COUNTS = [500, 7, 40, 1, 7]
LABELS = torch.tensor([0, 1, 2, 3, 4, 3])


def logits():
    generator = torch.Generator().manual_seed(0)
    return 4 * torch.randn(6, 3, 5, dtype=torch.float64, generator=generator)


def oracle(experts, true, tau):
    """The loss of one sample."""
    total = sum(COUNTS)
    by_size = sorted(range(5), key=lambda c: COUNTS[c])
    prior = [math.log(n / total) for n in COUNTS]
    reverse = [0.0] * 5
    for rank, c in enumerate(by_size):
        reverse[c] = math.log(COUNTS[by_size[len(COUNTS) - 1 - rank]] / total)
    first, second, third = experts
    return (
        loss_oracles.cross_entropy(first, true)
        + loss_oracles.cross_entropy([z + p for z, p in zip(second, prior)], true)
        + loss_oracles.cross_entropy(
            [z + p - tau * q for z, p, q in zip(third, prior, reverse)], true
        )
    )


@pytest.mark.parametrize('tau', [0, 1, 2.5])
def test_equals_the_formula(tau):
    scores = logits()
    loss = DiverseExpertLoss(COUNTS, tau=tau, reduction='none')
    plain = [oracle(z, y, tau) for z, y in zip(scores.tolist(), LABELS.tolist())]
    # float64 on both sides.
    assert loss(scores, LABELS).tolist() == pytest.approx(plain, rel=1e-9)


def test_by_hand():
    # Shares 3/4 and 1/4, reversed 1/4 and 3/4: log 2; log 4; 3/(1/4·…)… odds 9 to 1.
    loss = DiverseExpertLoss([3, 1], tau=1)
    value = loss(torch.zeros(1, 3, 2), torch.tensor([1]))
    assert float(value) == pytest.approx(math.log(2) + math.log(4) + math.log(10))


def test_without_tau_it_is_cross_entropy_and_balanced_softmax_twice():
    scores = logits()
    found = DiverseExpertLoss(COUNTS, tau=0)(scores, LABELS)
    balanced = LogitAdjustedLoss(COUNTS)
    expected = F.cross_entropy(scores[:, 0], LABELS)
    expected = expected + balanced(scores[:, 1], LABELS) + balanced(scores[:, 2], LABELS)
    torch.testing.assert_close(found, expected)


def test_equal_counts_are_three_times_cross_entropy():
    scores = logits()
    found = DiverseExpertLoss([9] * 5)(scores, LABELS)
    torch.testing.assert_close(found, sum(F.cross_entropy(scores[:, e], LABELS) for e in range(3)))


def test_ranks_are_reversed_twice_to_the_same():
    counts = torch.tensor(COUNTS)
    assert reversed_counts(counts).tolist() == [1, 40, 7, 500, 7]
    distinct = torch.tensor([5, 9, 1, 3])
    assert torch.equal(reversed_counts(reversed_counts(distinct)), distinct)


def test_soft_targets_mix():
    scores = logits()[:1]
    loss = DiverseExpertLoss(COUNTS)
    ends = [loss(scores, torch.tensor([c])) for c in (1, 3)]
    target = torch.tensor([[0, 0.25, 0, 0.75, 0]], dtype=torch.float64)
    torch.testing.assert_close(loss(scores, target), 0.25 * ends[0] + 0.75 * ends[1])


def test_errors():
    with pytest.raises(ValueError, match='tau'):
        DiverseExpertLoss(COUNTS, tau=-1)
    with pytest.raises(ValueError, match='three experts, but the head has 2'):
        DiverseExpertLoss(COUNTS)(torch.zeros(6, 2, 5), LABELS)
    with pytest.raises(ValueError, match=r'but got \(6, 5\)'):
        DiverseExpertLoss(COUNTS)(torch.zeros(6, 5), LABELS)
