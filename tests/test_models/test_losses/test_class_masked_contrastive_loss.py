"""SSD's contrastive loss against loops from its formula."""

import math

import pytest
import torch
import torch.nn.functional as F
from dist_utils import run_ranks

from vlltr_mm.models import ClassMaskedContrastiveLoss

LABELS = torch.tensor([0, 2, 1, 2])
QUEUE_LABELS = torch.tensor([2, 0, -1, 3, 1, 0])


def unit(*shape, seed):
    generator = torch.Generator().manual_seed(seed)
    return F.normalize(torch.randn(*shape, dtype=torch.float64, generator=generator), dim=-1)


def batch():
    return unit(4, 3, seed=0), unit(4, 3, seed=1), LABELS, unit(6, 3, seed=2), QUEUE_LABELS


@pytest.mark.parametrize('temperature', [0.07, 0.2, 1.0])
def test_equals_the_formula(temperature):
    queries, keys, labels, queue, queue_labels = (t.tolist() for t in batch())
    total = 0.0
    for q, k, y in zip(queries, keys, labels):
        positive = math.exp(sum(a * b for a, b in zip(q, k)) / temperature)
        negative = sum(
            math.exp(sum(a * b for a, b in zip(q, f)) / temperature)
            for f, label in zip(queue, queue_labels)
            if label not in (y, -1)
        )
        total -= math.log(positive / (positive + negative)) / len(labels)
    found = ClassMaskedContrastiveLoss(temperature, loss_weight=0.5)(*batch())
    assert float(found) == pytest.approx(0.5 * total, rel=1e-9)


def test_by_hand():
    """q·k = 1, one image of another class at q·f = 0, T = ½: −log(e²/(e² + 1))."""
    one = torch.tensor([[1.0, 0.0]])
    queue = torch.tensor([[0.0, 1.0], [1.0, 0.0]])
    found = ClassMaskedContrastiveLoss(0.5)(
        one, one, torch.tensor([4]), queue, torch.tensor([0, 4])
    )
    assert float(found) == pytest.approx(math.log(1 + math.exp(-2)), rel=1e-6)


def test_without_keys_of_the_class_it_is_mocos():
    queries, keys, labels, queue, _ = batch()
    others = torch.full((6,), 9)
    logits = torch.cat([(queries * keys).sum(1, keepdim=True), queries @ queue.T], dim=1) / 0.2
    expected = F.cross_entropy(logits, torch.zeros(4, dtype=torch.long))
    found = ClassMaskedContrastiveLoss()(queries, keys, labels, queue, others)
    torch.testing.assert_close(found, expected)


def test_without_images_of_other_classes_nothing_is_learned():
    """Also where the queue is still empty."""
    queries, keys, _, queue, _ = batch()
    queries.requires_grad_()
    labels = torch.zeros(4, dtype=torch.long)
    found = ClassMaskedContrastiveLoss()(
        queries, keys, labels, queue, torch.tensor([0, -1, 0, -1, 0, 0])
    )
    found.backward()
    assert found.item() == 0 and queries.grad.abs().max() == 0


def test_half_precision_does_not_overflow():
    """e^{1/0.05} is beyond float16."""
    half = [t.half() if t.is_floating_point() else t for t in batch()]
    found = ClassMaskedContrastiveLoss(0.05)(*half)
    assert found.dtype == torch.float32
    assert float(found) == pytest.approx(
        float(ClassMaskedContrastiveLoss(0.05)(*batch())), rel=0.02
    )


def test_autocast_does_not_round_similarities():
    inputs = [t.float() if t.is_floating_point() else t for t in batch()]
    loss = ClassMaskedContrastiveLoss(0.05)
    with torch.autocast('cpu', torch.bfloat16):
        found = loss(*inputs)
    torch.testing.assert_close(found, loss(*inputs))


def share(rank, world_size):
    queries, keys, labels, *queue = batch()
    rows = slice(rank * 4 // world_size, (rank + 1) * 4 // world_size)
    loss = ClassMaskedContrastiveLoss()(queries[rows], keys[rows], labels[rows], *queue)
    return float(loss)


def test_two_ranks_have_the_mean_of_one_process():
    assert sum(run_ranks(share)) / 2 == pytest.approx(share(0, 1), rel=1e-9)


def test_errors():
    queries, keys, labels, queue, queue_labels = batch()
    loss = ClassMaskedContrastiveLoss()
    with pytest.raises(ValueError, match=r'the queue \(6, 2\); .*dims of the queue'):
        loss(queries, keys, labels, queue[:, :2], queue_labels)
    with pytest.raises(ValueError, match=r'keys \(3, 3\)'):
        loss(queries, keys[:3], labels, queue, queue_labels)
    with pytest.raises(ValueError, match='temperature is 0'):
        ClassMaskedContrastiveLoss(0)
    with pytest.raises(ValueError, match='loss_weight is -1'):
        ClassMaskedContrastiveLoss(loss_weight=-1)
