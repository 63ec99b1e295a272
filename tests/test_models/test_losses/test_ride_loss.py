"""RIDE's loss against loops from the formula."""

import math

import loss_oracles
import pytest
import torch
from dist_utils import run_ranks

from vlltr_mm.models import LDAMLoss, RIDELoss

COUNTS = [500, 40, 7, 1]
LABELS = torch.tensor([0, 1, 2, 3, 0, 3])
SCALE = 3.0


def logits(k=3, n=6):
    generator = torch.Generator().manual_seed(k)
    return 4 * torch.randn(n, k, 4, dtype=torch.float64, generator=generator)


def softmax(row, temperatures):
    powers = [math.exp(z / t) for z, t in zip(row, temperatures)]
    return [p / sum(powers) for p in powers]


def kl(p, q):
    return sum(a * math.log(a / b) for a, b in zip(p, q))


def oracle(experts, true, settings):
    """The loss of one sample, expert by expert, class by class."""
    r, late = settings['temperature_factor'], settings['reweight']
    raw = [len(COUNTS) * n / sum(COUNTS) * r + 1 - r for n in COUNTS]
    temperatures = [t / max(raw) for t in raw] if late else [1.0] * 4
    squared = (sum(temperatures) / 4) ** 2
    weight = loss_oracles.weights(COUNTS, 0.9999)[true] if late else 1.0
    p = [softmax(z, temperatures) for z in experts]
    mean = softmax([sum(column) / len(experts) for column in zip(*experts)], temperatures)
    total = 0.0
    for e, z in enumerate(experts):
        cosines = [value / SCALE for value in z]
        total += weight * loss_oracles.ldam(cosines, true, COUNTS, 0.5, SCALE)
        if settings['diversity'] == 'mean':
            apart = kl(mean, p[e])
        else:
            others = [kl(p[e], p[j]) for j in range(len(p)) if j != e]
            apart = sum(others) / len(others)
        total -= settings['diversity_weight'] * squared * apart
    return total


@pytest.mark.parametrize('diversity', ['pairs', 'mean'])
@pytest.mark.parametrize('reweight', [False, True])
@pytest.mark.parametrize('weight', [0.0, 0.45])
@pytest.mark.parametrize('k', [2, 4])
def test_equals_the_formula(diversity, reweight, weight, k):
    settings = dict(
        diversity=diversity, reweight=reweight, diversity_weight=weight, temperature_factor=0.3
    )
    scores = logits(k)
    loss = RIDELoss(COUNTS, scale=SCALE, reduction='none', **settings)
    plain = [oracle(z, y, settings) for z, y in zip(scores.tolist(), LABELS.tolist())]
    # float64 on both sides.
    assert loss(scores, LABELS).tolist() == pytest.approx(plain, rel=1e-9)


def test_by_hand():
    """Two experts who say 1:3 and 3:1; the mean says 1:1. Margins ½ of one image, ¼ of sixteen."""
    scores = torch.tensor([[[0.0, math.log(3)], [math.log(3), 0.0]]])
    label = torch.tensor([0])
    # −s·Δ = −log 3, so the first has 1/3 against 3, the second 1 against 1.
    settings = dict(scale=2 * math.log(3), diversity_weight=1.0)
    ldam = math.log(10) + math.log(2)
    pairs = RIDELoss([1, 16], diversity='pairs', **settings)(scores, label)
    # KL of 1:3 and 3:1 is ½·log 3, the same both ways.
    assert float(pairs) == pytest.approx(ldam - math.log(3))
    mean = RIDELoss([1, 16], diversity='mean', **settings)(scores, label)
    # KL of 1:1 and 1:3 is ½·log 2 + ½·log(2/3) = ½·log(4/3).
    assert float(mean) == pytest.approx(ldam - math.log(4 / 3))


@pytest.mark.parametrize('diversity', ['pairs', 'mean'])
@pytest.mark.parametrize('reweight', [False, True])
def test_one_expert_is_ldam(diversity, reweight):
    scores = logits(1)
    loss = RIDELoss(COUNTS, diversity=diversity, reweight=reweight)(scores, LABELS)
    expected = LDAMLoss(COUNTS, reweight=reweight)(scores[:, 0] / 30, LABELS)
    torch.testing.assert_close(loss, expected)


def test_experts_alike_are_not_apart_and_their_order_is_free():
    scores = logits(3)
    alike = scores[:, :1].expand(-1, 3, -1)
    for diversity in ('pairs', 'mean'):
        loss = RIDELoss(COUNTS, diversity=diversity)
        torch.testing.assert_close(
            loss(alike, LABELS), 3 * LDAMLoss(COUNTS)(scores[:, 0] / 30, LABELS)
        )
        torch.testing.assert_close(loss(scores, LABELS), loss(scores.flip(1), LABELS))


def test_the_mean_of_the_code_is_a_target_without_gradient():
    scores = logits(2).requires_grad_()
    loss = RIDELoss(COUNTS, diversity='mean', diversity_weight=1.0, max_margin=0, scale=1.0)
    (found,) = torch.autograd.grad(loss(scores, LABELS), scores)
    p = scores.detach().softmax(dim=2)
    true = torch.nn.functional.one_hot(LABELS, 4)[:, None]
    mean = scores.detach().mean(dim=1, keepdim=True).softmax(dim=2)
    # d CE = p − y; d KL(p̄ ‖ p_e) = p_e − p̄ for a constant p̄.
    torch.testing.assert_close(found, ((p - true) - (p - mean)) / len(LABELS))


def test_a_mean_over_weights_divides_by_those_of_the_batch():
    scores = logits(2)
    settings = dict(reweight=True, diversity_weight=0.0, scale=1.0)
    found = RIDELoss(COUNTS, mean_over='weights', **settings)(scores, LABELS)
    each = RIDELoss(COUNTS, reduction='none', **settings)(scores, LABELS)
    weights = torch.tensor(loss_oracles.weights(COUNTS, 0.9999), dtype=torch.float64)[LABELS]
    torch.testing.assert_close(found, each.sum() / weights.sum())


def test_soft_targets_mix():
    """Without margins, which a soft target shares out, the loss is linear in it."""
    scores = logits(2, n=1)
    loss = RIDELoss(COUNTS, max_margin=0)
    ends = [loss(scores, torch.tensor([c])) for c in (1, 3)]
    target = torch.tensor([[0, 0.25, 0, 0.75]], dtype=torch.float64)
    torch.testing.assert_close(loss(scores, target), 0.25 * ends[0] + 0.75 * ends[1])


def own_share(rank, world_size):
    """Return the gradient of this rank's half of the batch."""
    scores = logits(2).requires_grad_()
    share = slice(rank * 3, rank * 3 + 3)
    loss = RIDELoss(COUNTS, reweight=True)(scores[share], LABELS[share])
    (gradient,) = torch.autograd.grad(loss, scores)
    torch.distributed.all_reduce(gradient)
    return float(loss.detach()), (gradient / world_size).numpy()


def test_two_ranks_are_one_process():
    """As DDP does it: the mean over ranks of the gradients of their means."""
    ranks = run_ranks(own_share)
    scores = logits(2).requires_grad_()
    loss = RIDELoss(COUNTS, reweight=True)(scores, LABELS)
    (expected,) = torch.autograd.grad(loss, scores)
    assert sum(value for value, _ in ranks) / 2 == pytest.approx(float(loss.detach()))
    torch.testing.assert_close(torch.from_numpy(ranks[0][1]), expected)


@pytest.mark.parametrize(
    ('settings', 'message'),
    [
        (dict(diversity='all'), "diversity.*'all'"),
        (dict(mean_over='batch'), "mean_over.*'batch'"),
        (dict(diversity_weight=-0.2), 'diversity_weight'),
        (dict(temperature_factor=1), 'temperature_factor'),
        (dict(scale=0), 'scale'),
        (dict(max_margin=float('inf')), 'max_margin'),
        (dict(beta=1), 'beta is 1'),
    ],
)
def test_errors(settings, message):
    with pytest.raises(ValueError, match=message):
        RIDELoss(COUNTS, **settings)


def test_wants_experts():
    with pytest.raises(ValueError, match=r'k experts \(N, k, C\), but got \(6, 4\)'):
        RIDELoss(COUNTS)(torch.zeros(6, 4), LABELS)
    with pytest.raises(ValueError, match='4 classes, but the logits have shape'):
        RIDELoss(COUNTS)(torch.zeros(6, 2, 5), LABELS)
