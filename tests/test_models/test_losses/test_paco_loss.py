"""PaCo's loss against loops from its formula."""

import math

import pytest
import torch
import torch.nn.functional as F
from dist_utils import run_ranks

from vlltr_mm.models import LogitAdjustedLoss, PaCoLoss

COUNTS = [50, 9, 4, 1]
LABELS = torch.tensor([0, 1, 0, 3])
QUEUE_LABELS = torch.tensor([2, 0, -1, 3, 1, 0])


def unit(*shape, seed):
    generator = torch.Generator().manual_seed(seed)
    return F.normalize(torch.randn(*shape, dtype=torch.float64, generator=generator), dim=-1)


def batch():
    """Return centre logits, labels, queries, keys, queue and its labels."""
    queries = unit(4, 3, seed=1)
    return 2 * unit(4, 4, seed=0), LABELS, queries, unit(4, 3, seed=2), unit(6, 3, seed=3)


def plain(scores, labels, queries, others, other_labels, alpha, beta, gamma, temperature, floor):
    """ℓ of each anchor by loops; others are all candidates that are no anchors."""
    shares = [n / sum(COUNTS) + floor for n in COUNTS]
    feats, feat_labels = [*queries, *others], [*labels, *other_labels]
    losses = []
    for i, (row, y, q) in enumerate(zip(scores, labels, queries)):
        centres = [z + math.log(share) for z, share in zip(row, shares)]
        found = [
            (sum(a * b for a, b in zip(q, f)) / temperature, label)
            for j, (f, label) in enumerate(zip(feats, feat_labels))
            if j != i and label >= 0
        ]
        z = sum(math.exp(a) for a in centres) + gamma * sum(math.exp(b) for b, _ in found)
        mine = [b for b, label in found if label == y]
        total = beta * (centres[y] - math.log(z)) + alpha * sum(b - math.log(z) for b in mine)
        losses.append(-total / (beta + alpha * len(mine)))
    return losses


@pytest.mark.parametrize('alpha, beta, gamma', [(0.05, 1, 1), (0.7, 0.5, 2), (0, 1, 0), (1, 1, 0)])
@pytest.mark.parametrize('temperature', [0.07, 1.0])
@pytest.mark.parametrize('floor', [0.0, 1e-2])
def test_equals_the_formula(alpha, beta, gamma, temperature, floor):
    scores, labels, queries, keys, queue = batch()
    numbers = dict(alpha=alpha, beta=beta, gamma=gamma, temperature=temperature)
    loss = PaCoLoss(COUNTS, **numbers, prior_floor=floor, reduction='none')
    found = loss(scores, labels, queries, keys, queue, QUEUE_LABELS)
    expected = plain(
        *(t.tolist() for t in (scores, labels, queries)),
        [*keys.tolist(), *queue.tolist()],
        [*labels.tolist(), *QUEUE_LABELS.tolist()],
        **numbers,
        floor=floor,
    )
    assert found.tolist() == pytest.approx(expected, rel=1e-9)
    mean = PaCoLoss(COUNTS, **numbers, prior_floor=floor, loss_weight=3)
    found = mean(scores, labels, queries, keys, queue, QUEUE_LABELS, avg_factor=8)
    assert float(found) == pytest.approx(3 * sum(expected) / 8, rel=1e-9)


def test_by_hand():
    """Two anchors of two classes, prior ½, T = 1: Z = ½ + ½ + e^0 + e^1 + e^0, P = {k}."""
    one = torch.eye(2)
    found = PaCoLoss([3, 3], alpha=1, temperature=1)(
        torch.zeros(2, 2), torch.tensor([0, 1]), one, keys=one
    )
    z = 3 + math.e
    expected = -(math.log(0.5 / z) + math.log(math.e / z)) / 2
    assert float(found) == pytest.approx(expected, rel=1e-6)


def test_without_contrast_it_is_logit_adjustment():
    """α = γ = 0 leaves the centres."""
    scores, labels, queries, keys, queue = batch()
    loss = PaCoLoss(COUNTS, alpha=0, gamma=0)
    expected = LogitAdjustedLoss(COUNTS)(scores, labels)
    found = loss(scores, labels, queries, keys, queue, QUEUE_LABELS)
    torch.testing.assert_close(found, expected)
    half = PaCoLoss(COUNTS, alpha=0, gamma=0, tau=0.5)(scores, labels, queries)
    torch.testing.assert_close(half, LogitAdjustedLoss(COUNTS, tau=0.5)(scores, labels))
    alone = PaCoLoss(COUNTS, gamma=0)(scores[:1], labels[:1], queries[:1])
    torch.testing.assert_close(alone, LogitAdjustedLoss(COUNTS)(scores[:1], labels[:1]))
    # What the sampler draws is the prior of both.
    shares = torch.tensor([0.25, 0.25, 0.25, 0.25])
    loss.set_prior(shares)
    torch.testing.assert_close(loss(scores, labels, queries, keys), F.cross_entropy(scores, labels))


def test_an_empty_queue_is_no_queue():
    scores, labels, queries, keys, queue = batch()
    loss = PaCoLoss(COUNTS)
    empty = loss(scores, labels, queries, keys, queue, torch.full((6,), -1))
    torch.testing.assert_close(empty, loss(scores, labels, queries, keys))


def test_other_images_of_no_class_do_not_matter_for_the_order():
    """A permutation of queue and of batch leaves the mean."""
    scores, labels, queries, keys, queue = batch()
    loss, order, turn = PaCoLoss(COUNTS), torch.tensor([2, 0, 3, 1]), torch.randperm(6)
    first = loss(scores, labels, queries, keys, queue, QUEUE_LABELS)
    turned = [t[order] for t in (scores, labels, queries, keys)]
    torch.testing.assert_close(loss(*turned, queue[turn], QUEUE_LABELS[turn]), first)


def test_half_precision_is_computed_in_float32():
    scores, labels, queries, keys, queue = (t.float() for t in batch())
    labels = LABELS
    loss = PaCoLoss(COUNTS, temperature=0.05)
    found = loss(scores.half(), labels, queries.half(), keys.half(), queue, QUEUE_LABELS)
    assert found.dtype == torch.float32 and found.isfinite()
    exact = loss(scores, labels, queries, keys, queue, QUEUE_LABELS)
    assert float(found) == pytest.approx(float(exact), rel=1e-2)


def test_autocast_does_not_round_similarities():
    inputs = [t.float() if t.is_floating_point() else t for t in (*batch(), QUEUE_LABELS)]
    loss = PaCoLoss(COUNTS, temperature=0.05)
    with torch.autocast('cpu', torch.bfloat16):
        found = loss(*inputs)
    torch.testing.assert_close(found, loss(*inputs))


def step(rank, world_size, gather, both):
    """Return loss and gradient of this rank's share of four anchors."""
    scores, labels, queries, keys, queue = batch()
    share = slice(rank * 4 // world_size, (rank + 1) * 4 // world_size)
    weight = torch.eye(3, dtype=torch.float64, requires_grad=True)
    queries = F.normalize(queries[share] @ weight, dim=1)
    scores, labels, keys = scores[share], labels[share], keys[share]
    if both:
        other = F.normalize(keys @ weight, dim=1)
        queries, keys = torch.cat([queries, other]), None
        scores, labels = scores.repeat(2, 1), labels.repeat(2)
    loss = PaCoLoss(COUNTS, alpha=0.5, gather=gather)
    value = loss(scores, labels, queries, keys, queue, QUEUE_LABELS)
    value.backward()
    return float(value.detach()), weight.grad.tolist()


def steps(rank, world_size):
    return [step(rank, world_size, gather, both) for gather in (True, False) for both in (0, 1)]


def test_two_ranks():
    """The mean over ranks is one process's; without gather it is another value."""
    ranks = run_ranks(steps)
    for index, gather in enumerate((True, True, False, False)):
        value, grad = step(0, 1, True, index % 2)
        found = sum(rank[index][0] for rank in ranks) / 2
        grads = sum(torch.tensor(rank[index][1]) for rank in ranks) / 2
        if gather:
            assert found == pytest.approx(value, rel=1e-9)
            torch.testing.assert_close(grads, torch.tensor(grad))
        else:
            assert found != pytest.approx(value, rel=1e-3)


@pytest.mark.parametrize(
    'change, message',
    [
        (dict(target=torch.zeros(4, 4)), r'target is \(4, 4\) .*Mixup'),
        (dict(target=LABELS[:2]), 'There are 4 rows of logits, 2 labels and 4 queries'),
        (dict(keys=torch.zeros(3, 3)), r'keys are \(3, 3\), queries \(4, 3\)'),
        (dict(queue_labels=None), 'together'),
        (dict(queue=torch.zeros(6, 2)), r'queue is \(6, 2\).*width of the projector'),
    ],
)
def test_errors(change, message):
    names = ('cls_score', 'target', 'queries', 'keys', 'queue')
    inputs = dict(zip(names, batch()), queue_labels=QUEUE_LABELS)
    with pytest.raises(ValueError, match=message):
        PaCoLoss(COUNTS)(**{**inputs, **change})


@pytest.mark.parametrize('name', ['alpha', 'beta', 'gamma', 'temperature', 'prior_floor'])
def test_a_number_out_of_range(name):
    with pytest.raises(ValueError, match=f'{name} is -1'):
        PaCoLoss(COUNTS, **{name: -1})
