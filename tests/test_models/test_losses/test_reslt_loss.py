"""ResLT's loss against loops from the paper's formula."""

import math

import loss_oracles
import numpy as np
import pytest
import torch
import torch.nn.functional as F
from dist_utils import run_ranks

from vlltr_mm.models import ResLTLoss
from vlltr_mm.models.losses.reslt_loss import rare_classes

COUNTS = [500, 40, 7, 1]
LABELS = torch.tensor([0, 1, 2, 3, 0, 2])


def logits(branches=3, size=6, seed=0):
    generator = torch.Generator().manual_seed(seed)
    return 3 * torch.randn(size, branches, 4, dtype=torch.float64, generator=generator)


def plain(scores, labels, groups, beta, floor=0.0):
    """Equations (2) to (4) by loops; groups are the classes of each branch."""

    def ce(row, y):
        shares = [math.exp(z) for z in row]
        return -math.log(shares[y] / sum(shares) + floor)

    fused = own = count = 0.0
    for rows, y in zip(scores.tolist(), labels.tolist()):
        fused += ce([sum(column) for column in zip(*rows)], y) / len(labels)
        for row, group in zip(rows, groups):
            if y in group:
                own, count = own + ce(row, y), count + 1
    return (1 - beta) * fused + beta * own / count


ALL = {0, 1, 2, 3}


@pytest.mark.parametrize('beta', [0.0, 0.3, 0.99, 1.0])
@pytest.mark.parametrize('floor', [0.0, 1e-7])
@pytest.mark.parametrize('few', [None, 2])
def test_equals_the_formula(beta, floor, few):
    groups = [ALL, {1, 2, 3}] + ([{3}] if few else [])
    scores = logits(len(groups))
    loss = ResLTLoss(COUNTS, beta, medium_below=100, few_below=few, floor=floor)
    expected = plain(scores, LABELS, groups, beta, floor)
    # float64 on both sides.
    assert float(loss(scores, LABELS)) == pytest.approx(expected, rel=1e-9)
    by_rank = ResLTLoss(COUNTS, beta, 3, few and 1, unit='classes', floor=floor)
    torch.testing.assert_close(by_rank(scores, LABELS), loss(scores, LABELS), rtol=0, atol=0)


def test_by_hand():
    """Two images, of the head and of the tail; a branch that is sure costs log 1 = 0."""
    loss = ResLTLoss([9, 1], beta=0.5, medium_below=5)
    scores = torch.zeros(2, 2, 2)
    scores[1, 1, 1] = math.log(3)
    # Sums 0 and log 3: L_F = (log 2 + log 4/3) / 2; L_I = (2 log 2 + log 4/3) / 3.
    fused = (math.log(2) + math.log(4 / 3)) / 2
    own = (2 * math.log(2) + math.log(4 / 3)) / 3
    value = float(loss(scores, torch.tensor([0, 1])))
    assert value == pytest.approx((fused + own) / 2, rel=1e-6)


def test_identities():
    scores = logits()
    plain_sum = F.cross_entropy(scores.sum(1), LABELS)
    torch.testing.assert_close(ResLTLoss(COUNTS, 0.0, 100, 10)(scores, LABELS), plain_sum)
    # Without a rare class in the batch only the first branch is trained.
    head = torch.zeros(6, dtype=torch.long)
    scores.requires_grad_()
    own = ResLTLoss(COUNTS, 1.0, 100, 10)(scores, head)
    torch.testing.assert_close(own, F.cross_entropy(scores[:, 0], head))
    own.backward()
    assert scores.grad[:, 1:].abs().max() == 0
    # One hot soft targets are labels, and a mix is the mean of its classes' parts.
    loss = ResLTLoss(COUNTS, 0.7, 100, 10)
    soft = F.one_hot(LABELS, 4).double()
    torch.testing.assert_close(loss(logits(), soft), loss(logits(), LABELS))
    mixed = loss(logits(size=1), torch.tensor([[0.5, 0.0, 0.5, 0.0]]).double())
    z = -logits(size=1).log_softmax(-1)[0]
    fused = -logits(size=1).sum(1).log_softmax(-1)[0]
    own = (z[0, 0] + z[0, 2] + z[1, 2] + z[2, 2]) / 2 / (1 + 0.5 + 0.5)
    torch.testing.assert_close(mixed, 0.3 * (fused[0] + fused[2]) / 2 + 0.7 * own)


def test_half_precision_is_computed_in_single():
    loss = ResLTLoss(COUNTS, 0.9, 100, 10)
    value = loss(logits().half(), LABELS)
    assert value.dtype == torch.float32
    torch.testing.assert_close(value, loss(logits().half().float(), LABELS))


def test_no_number_of_images_cuts_between_equal_counts():
    """As at ranks 220 and 825 of ImageNet-LT: by rank, the first labels go in."""
    counts = torch.tensor([30, 5, 30, 181, 30, 200])
    assert rare_classes(counts, 30, 'images').sum() == 1
    assert rare_classes(counts, 31, 'images').sum() == 4
    assert rare_classes(counts, 3, 'classes').nonzero().flatten().tolist() == [0, 1, 2]


def of_rank(rank, world_size, seed):
    """Return loss and gradient of this rank's half of six images."""
    mine = slice(rank, None, world_size)
    scores = logits(seed=seed)[mine].clone().requires_grad_()
    value = ResLTLoss(COUNTS, 0.7, 100, 10)(scores, LABELS[mine])
    value.backward()
    return value.item(), scores.grad.numpy()


@pytest.mark.slow
def test_two_ranks_equal_one_process():
    """The ranks have other numbers of rare images; their mean is what DDP takes."""
    alone, gradient = of_rank(0, 1, 4)
    ranks = run_ranks(of_rank, 4)
    assert np.mean([value for value, _ in ranks]) == pytest.approx(alone, rel=1e-12)
    for rank, (_, own) in enumerate(ranks):
        np.testing.assert_allclose(own / 2, gradient[rank::2], rtol=1e-12, atol=1e-15)


def test_oracles_agree():
    """A branch alone is the cross entropy that the other losses are tested with."""
    row = logits(size=1, branches=1)
    expected = loss_oracles.cross_entropy(row[0, 0].tolist(), 2)
    assert plain(row, torch.tensor([2]), [ALL], 1.0) == pytest.approx(expected)


def test_errors():
    with pytest.raises(ValueError, match='beta is 1.5'):
        ResLTLoss(COUNTS, 1.5, 100)
    with pytest.raises(ValueError, match="unit is 'rank'; allowed are 'images', 'classes'"):
        ResLTLoss(COUNTS, 0.5, 100, unit='rank')
    with pytest.raises(ValueError, match='few_below is 200'):
        ResLTLoss(COUNTS, 0.5, 100, few_below=200)
    with pytest.raises(ValueError, match='825 of the rarest classes .* there are 4'):
        ResLTLoss(COUNTS, 0.5, 825, 220, unit='classes')(logits(), LABELS)
    with pytest.raises(ValueError, match=r'\(6, 2, 4\).* 3 branches .*leave out few_below'):
        ResLTLoss(COUNTS, 0.5, 100, 10)(logits(2), LABELS)
    with pytest.raises(ValueError, match='has 3 classes, but the logits'):
        ResLTLoss(COUNTS[:3], 0.5, 100, 10)(logits(), LABELS)
