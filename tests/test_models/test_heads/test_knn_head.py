"""The vote of the nearest neighbours, against plain loops."""

import math

import pytest
import torch

from vlltr_mm.models import KNNClsHead
from vlltr_mm.structures import FeatureBank


def random_bank(num_classes, rows=40, dims=5, seed=0):
    generator = torch.Generator().manual_seed(seed)
    return FeatureBank(
        torch.randn(rows, dims, generator=generator) * torch.rand(rows, 1, generator=generator),
        torch.arange(rows) % num_classes,
    )


def plain_shares(bank, images, num_classes, k):
    """Count the votes of a full sort; return winners and shares."""
    winners, shares = [], []
    for image in images:
        cosine = [float(image @ row / image.norm() / row.norm()) for row in bank.feats]
        order = sorted(range(len(cosine)), key=lambda s: -cosine[s])
        near = [int(bank.labels[s]) for s in order[:k]]
        winner = max(near, key=lambda c: (near.count(c), -near.index(c)))
        winners.append(winner)
        shares.append(
            [
                (near.count(c) + 0.5 * (c == winner) + 1 / num_classes) / (len(near) + 1.5)
                for c in range(num_classes)
            ]
        )
    return winners, torch.tensor(shares)


@pytest.mark.parametrize('block_size', [None, 3])
@pytest.mark.parametrize('k', [1, 2, 5, 64])
@pytest.mark.parametrize('num_classes', [3, 13])
def test_scores_equal_plain_loops(num_classes, k, block_size):
    head = KNNClsHead(num_classes, k=k, block_size=block_size)
    bank = random_bank(num_classes)
    head.set_bank(bank)
    images = torch.randn(60, 5, generator=torch.Generator().manual_seed(1))
    winners, shares = plain_shares(bank, images, num_classes, k)
    scores = head((images,))
    torch.testing.assert_close(scores.exp(), shares)
    torch.testing.assert_close(scores.softmax(dim=1), shares)
    assert [int(s.pred_label) for s in head.predict((images,))] == winners


def tied_head(k, num_classes):
    """A bank at ever larger angles to (1, 0); even rows are of the last
    class, odd ones of class 0."""
    angle = torch.arange(1, k + 1) / k
    labels = torch.where(torch.arange(k) % 2 == 0, num_classes - 1, 0)
    # The other classes lie opposite, beyond the k neighbours.
    angle = torch.cat([angle, torch.full((num_classes - 2,), math.pi)])
    labels = torch.cat([labels, torch.arange(1, num_classes - 1)])
    head = KNNClsHead(num_classes, k=k)
    head.set_bank(FeatureBank(torch.stack([angle.cos(), angle.sin()], dim=1), labels))
    return head


@pytest.mark.parametrize('k,num_classes', [(2, 3), (4, 1000), (200, 8142)])
def test_a_tie_survives_the_softmax(k, num_classes):
    (sample,) = tied_head(k, num_classes).predict((torch.tensor([[1.0, 0.0]]),))
    assert int(sample.pred_label) == num_classes - 1
    top = sample.pred_score.topk(2)
    assert top.indices.tolist() == [num_classes - 1, 0]
    assert top.values[0] > top.values[1]


def test_shares_by_hand():
    head = KNNClsHead(2, k=3)
    head.set_bank(
        FeatureBank(
            torch.tensor([[1.0, 0.0], [1.0, 0.1], [1.0, 0.2], [-1.0, 0.0]]),
            torch.tensor([0, 1, 1, 0]),
        )
    )
    # Votes 1 and 2, half a vote for the winner, half a vote each: / 4.5.
    torch.testing.assert_close(
        head((torch.tensor([[1.0, -0.1]]),)).exp(), torch.tensor([[1.5 / 4.5, 3 / 4.5]])
    )


def test_the_order_of_the_bank_does_not_matter():
    bank, images = random_bank(4), torch.randn(20, 5)
    head = KNNClsHead(4, k=5)
    head.set_bank(bank)
    before = head((images,))
    order = torch.randperm(40)
    head.set_bank(FeatureBank(bank.feats[order], bank.labels[order]))
    torch.testing.assert_close(head((images,)), before)


def test_the_bank_is_not_in_the_checkpoint_but_moves():
    head = KNNClsHead(4)
    head.set_bank(random_bank(4))
    assert not head.state_dict()
    assert head.to('meta').bank_feats.device.type == 'meta'


def test_errors():
    with pytest.raises(ValueError, match='k is 0; .* 1 or more'):
        KNNClsHead(2, k=0)
    head = KNNClsHead(3)
    with pytest.raises(RuntimeError, match='no neighbours.*FeatureBankHook'):
        head((torch.ones(1, 2),))
