"""LDAM against the paper's formula."""

import math

import loss_oracles
import pytest
import torch
import torch.nn.functional as F

from vlltr_mm.models import LDAMLoss

COUNTS = [500, 40, 7, 1]
LABELS = torch.tensor([0, 1, 2, 3, 0, 3])


def cosines():
    return 2 * torch.rand(6, 4, dtype=torch.float64) - 1


@pytest.mark.parametrize('max_margin', [0.0, 0.5])
@pytest.mark.parametrize('scale', [1.0, 30.0])
@pytest.mark.parametrize('beta', [None, 0.9999])
def test_equals_the_formula(max_margin, scale, beta):
    scores = cosines()
    loss = LDAMLoss(
        COUNTS,
        max_margin=max_margin,
        scale=scale,
        reweight=beta is not None,
        beta=beta or 0.0,
        reduction='none',
    )
    factors = loss_oracles.weights(COUNTS, beta) if beta else [1] * 4
    plain = [
        factors[y] * loss_oracles.ldam(row, y, COUNTS, max_margin, scale)
        for row, y in zip(scores.tolist(), LABELS.tolist())
    ]
    # float64 on both sides.
    assert loss(scores, LABELS).tolist() == pytest.approx(plain, rel=1e-9)


def test_by_hand():
    # Margins 0.5 of one image and 0.25 of sixteen, both cosines 0.
    loss = LDAMLoss([1, 16], scale=4 * math.log(3), reduction='none')
    value = loss(torch.zeros(2, 2), torch.tensor([0, 1]))
    assert value.tolist() == pytest.approx([math.log(10), math.log(4)])


def test_a_soft_target_has_its_share_of_each_margin():
    loss = LDAMLoss([1, 16], scale=1.0)
    target = torch.tensor([[0.5, 0.5]])
    expected = F.cross_entropy(torch.tensor([[-0.25, -0.125]]), target)
    torch.testing.assert_close(loss(torch.zeros(1, 2), target), expected)


def test_no_margin_is_scaled_cross_entropy_and_a_margin_costs():
    scores = cosines()
    bare = LDAMLoss(COUNTS, max_margin=0)(scores, LABELS)
    torch.testing.assert_close(bare, F.cross_entropy(30 * scores, LABELS))
    wide = LDAMLoss(COUNTS, reduction='none')(scores, LABELS)
    narrow = LDAMLoss(COUNTS, 0.1, reduction='none')(scores, LABELS)
    assert (wide > narrow).all()


def test_errors():
    with pytest.raises(ValueError, match='max_margin is -0.5'):
        LDAMLoss(COUNTS, max_margin=-0.5)
    with pytest.raises(ValueError, match='scale is 0'):
        LDAMLoss(COUNTS, scale=0)
    for name in ('scale', 'max_margin'):
        with pytest.raises(ValueError, match=f'{name} is inf; give a finite value'):
            LDAMLoss(COUNTS, **{name: float('inf')})
    with pytest.raises(ValueError, match='beta is 1'):
        LDAMLoss(COUNTS, beta=1)
