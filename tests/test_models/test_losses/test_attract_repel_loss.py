"""OLTR's loss of features and centroids: loops, both gradients, ranks."""

import pytest
import torch
from dist_utils import run_ranks

from vlltr_mm.models import AttractRepelLoss


def case(batch=6, classes=4, width=3, seed=0):
    generator = torch.Generator().manual_seed(seed)
    feats = torch.randn(batch, width, generator=generator, dtype=torch.float64)
    centroids = torch.randn(classes, width, generator=generator, dtype=torch.float64)
    labels = torch.tensor([0, 0, 3, 1, 3, 0])[:batch]
    return feats.requires_grad_(), labels, centroids.requires_grad_()


def by_loops(feats, labels, centroids, margin):
    batch, classes = len(feats), len(centroids)
    attract = sum(
        sum((v - m) ** 2 for v, m in zip(feats[i], centroids[labels[i]])) for i in range(batch)
    ) / (2 * batch)
    far = sum(
        sum((v - m) ** 2 for v, m in zip(feats[i], centroids[c]))
        for i in range(batch)
        for c in range(classes)
        if c != labels[i]
    ) / (batch * classes)
    return attract, torch.clamp(margin - far, min=0)


@pytest.mark.parametrize('margin', [0.5, 10.0])
@pytest.mark.parametrize('grad', ['autograd', 'official'])
def test_value_equals_loops(margin, grad):
    attract, repel = by_loops(*case(), margin)
    assert (repel > 0) == (margin == 10)
    loss = AttractRepelLoss(0.3, 0.7, margin, grad)
    torch.testing.assert_close(loss(*case()), 0.3 * (attract + 0.7 * repel))


@pytest.mark.parametrize('margin', [0.5, 10.0])
def test_gradients(margin):
    """Of the features that of the formula in both; of the centroids each its own."""
    feats, labels, centroids = case()
    attract, repel = by_loops(feats, labels, centroids, margin)
    of_attract = torch.autograd.grad(attract, [feats, centroids], retain_graph=True)
    of_repel = torch.autograd.grad(repel, [feats, centroids])
    theirs = torch.zeros_like(centroids)
    for c in range(len(centroids)):
        members = [i for i in range(len(labels)) if labels[i] == c]
        for i in members:
            theirs[c] += (centroids[c] - feats[i]).detach() / (1 + len(members)) / len(labels)
    for grad, pull in (('autograd', 0.01 * of_attract[1]), ('official', theirs)):
        inputs = case()
        AttractRepelLoss(margin=margin, centroid_grad=grad)(*inputs).backward()
        expected = 0.01 * (of_attract[0] + 0.01 * of_repel[0])
        torch.testing.assert_close(inputs[0].grad, expected)
        torch.testing.assert_close(inputs[2].grad, pull + 0.0001 * of_repel[1])


def test_by_hand():
    """One image of class 0 at 2, both centroids at 0: the two gradients of m_0."""
    found = {}
    for grad in ('autograd', 'official'):
        feats = torch.tensor([[2.0]], requires_grad=True)
        centroids = torch.zeros(2, 1, requires_grad=True)
        loss = AttractRepelLoss(repel_weight=0, centroid_grad=grad)(
            feats, torch.tensor([0]), centroids
        )
        assert loss.item() == pytest.approx(0.01 * 2)
        loss.backward()
        assert feats.grad.item() == pytest.approx(0.01 * 2)
        found[grad] = centroids.grad.flatten().tolist()
    assert found['autograd'] == pytest.approx([-0.02, 0])
    assert found['official'] == pytest.approx([-1, 0])  # (0 − 2) / (1 + 1)


def between_ranks():
    """A margin that the distances of all images do not reach, but those of one half do."""
    feats, labels, centroids = case()
    means = []
    for part in (slice(0, 3), slice(3, 6), slice(0, 6)):
        _, repel = by_loops(feats[part], labels[part], centroids, margin=100)
        means.append(100 - repel.item())
    assert means[2] < max(means[:2]) - 0.1
    return means[2] + 0.05


def ranks_share(rank, grad):
    feats, labels, centroids = case()
    half = slice(3 * rank, 3 * rank + 3)
    local = feats[half].detach().requires_grad_()
    loss = AttractRepelLoss(repel_weight=0.7, margin=between_ranks(), centroid_grad=grad)
    value = loss(local, labels[half], centroids)
    value.backward()
    return value.item(), local.grad.numpy(), centroids.grad.numpy()


def both(rank, world_size):
    return {grad: ranks_share(rank, grad) for grad in ('autograd', 'official')}


@pytest.mark.slow
def test_two_ranks_are_one_process():
    """Classes 0 and 3 have images on both; the maximum of repel is of all images."""
    ranks = run_ranks(both)
    for grad in ('autograd', 'official'):
        feats, labels, centroids = case()
        loss = AttractRepelLoss(repel_weight=0.7, margin=between_ranks(), centroid_grad=grad)
        value = loss(feats, labels, centroids)
        value.backward()
        values, of_feats, of_centroids = zip(*(rank[grad] for rank in ranks))
        assert sum(values) / 2 == pytest.approx(value.item())
        whole = torch.from_numpy(of_feats[0]), torch.from_numpy(of_feats[1])
        torch.testing.assert_close(torch.cat(whole) / 2, feats.grad)
        mean = (torch.from_numpy(of_centroids[0]) + torch.from_numpy(of_centroids[1])) / 2
        torch.testing.assert_close(mean, centroids.grad)


def test_errors():
    with pytest.raises(ValueError, match=r"centroid_grad is 'code'; allowed are 'autograd', 'off"):
        AttractRepelLoss(centroid_grad='code')
    with pytest.raises(ValueError, match='loss_weight is -1'):
        AttractRepelLoss(loss_weight=-1)
