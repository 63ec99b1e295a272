"""The prior of a text score and the weight of a branch, against the equation and loops."""

import itertools

import pytest
import torch
from tiny_anchors import D, make_anchors

from vlltr_mm.evaluation import ClassSplits
from vlltr_mm.evaluation.functional import calibration
from vlltr_mm.evaluation.functional.calibration import (
    balanced_accuracy,
    check_weights,
    choose_visual_weight,
    estimate_text_prior,
    fused_predictions,
    stratified_folds,
    sweep_visual_weight,
)
from vlltr_mm.models import LGRHead


def make_samples(counts, scale=3.0, seed=0, dtype=torch.float64):
    """Return logits (N, C) that favour some classes, and labels of these counts."""
    generator = torch.Generator().manual_seed(seed)
    labels = torch.arange(len(counts)).repeat_interleave(torch.tensor(counts))
    logits = scale * torch.randn(len(labels), len(counts), generator=generator, dtype=dtype)
    logits[torch.arange(len(labels)), labels] += scale
    logits += torch.randn(len(counts), generator=generator, dtype=dtype)
    order = torch.randperm(len(labels), generator=generator)
    return logits[order], labels[order]


def loss(logits, labels, log_prior):
    """Compute the definition: CE(z − log q, y), each class counted alike, in loops."""
    classes, total = logits.shape[1], 0.0
    for row, label in zip((logits.double() - log_prior).tolist(), labels.tolist()):
        top = max(row)
        log_sum = top + torch.tensor([v - top for v in row]).double().exp().sum().log().item()
        total += (log_sum - row[label]) / (classes * int((labels == label).sum()))
    return total


@pytest.mark.parametrize('counts', [(7, 7), (40, 3, 1), (5, 30, 2, 9)])
@pytest.mark.parametrize('scale', [0.1, 3.0, 100.0])
def test_the_mean_probability_without_the_prior_is_uniform(counts, scale):
    logits, labels = make_samples(counts, scale)
    log_prior = estimate_text_prior(logits, labels, tolerance=1e-9)
    assert log_prior.dtype == torch.float64
    assert log_prior.exp().sum().item() == pytest.approx(1, abs=1e-12)
    mean = torch.zeros(len(counts), dtype=torch.float64)
    for row, label in zip(logits, labels):
        weight = 1 / (len(counts) * counts[label])
        mean += weight * (row - log_prior).softmax(dim=0)
    torch.testing.assert_close(mean * len(counts), torch.ones_like(mean), atol=1e-8, rtol=0)


@pytest.mark.parametrize('counts', [(6, 2), (9, 4, 1)])
def test_no_other_prior_has_a_smaller_loss(counts):
    logits, labels = make_samples(counts, 1.0)
    found = estimate_text_prior(logits, labels, tolerance=1e-9)
    best = loss(logits, labels, found)
    steps = torch.linspace(0.01, 0.99, 50, dtype=torch.float64).tolist()
    grid = [
        (*shares, 1 - sum(shares))
        for shares in itertools.product(steps, repeat=len(counts) - 1)
        if sum(shares) < 0.995
    ]
    grid = torch.tensor(grid[:: len(counts)], dtype=torch.float64).log()
    losses = [loss(logits, labels, log_prior) for log_prior in grid]
    assert best <= min(losses) < best + 0.05  # the grid comes near it
    for c in range(len(counts)):
        for step in (1e-3, -1e-3):
            other = found.clone()
            other[c] += step
            assert loss(logits, labels, other) > best


def test_a_prior_that_was_put_on_is_found():
    logits, labels = make_samples((20, 20, 20))
    own = estimate_text_prior(logits, labels, tolerance=1e-9)
    on = torch.tensor([0.6, 0.3, 0.1], dtype=torch.float64).log()
    shifted = estimate_text_prior(logits + on, labels, tolerance=1e-9)
    torch.testing.assert_close(shifted, (own + on).log_softmax(dim=0), atol=1e-7, rtol=0)
    again = estimate_text_prior(logits - own, labels, tolerance=1e-9)
    torch.testing.assert_close(again.exp(), torch.full_like(again, 1 / 3), atol=1e-7, rtol=0)


def test_what_does_not_change_the_prior():
    logits, labels = make_samples((12, 4, 2))
    found = estimate_text_prior(logits, labels, tolerance=1e-9)
    # A constant of each row; rows in another order; other classes' order.
    for other, own in (
        (logits + torch.arange(18.0).unsqueeze(1), labels),
        (logits.flip(0), labels.flip(0)),
    ):
        torch.testing.assert_close(
            estimate_text_prior(other, own, tolerance=1e-9), found, atol=1e-7, rtol=0
        )
    swap = torch.tensor([2, 0, 1])
    moved = estimate_text_prior(logits[:, swap], torch.argsort(swap)[labels], tolerance=1e-9)
    torch.testing.assert_close(moved, found[swap], atol=1e-7, rtol=0)
    # A class of twice as many images, each twice.
    twice = torch.cat([torch.arange(18), (labels == 0).nonzero().flatten()])
    torch.testing.assert_close(
        estimate_text_prior(logits[twice], labels[twice], tolerance=1e-9), found, atol=1e-7, rtol=0
    )


def test_blocks_and_half_precision(monkeypatch):
    logits, labels = make_samples((9, 5, 4))
    whole = estimate_text_prior(logits, labels)
    monkeypatch.setattr(calibration, '_BLOCK', 4)
    torch.testing.assert_close(estimate_text_prior(logits, labels), whole, atol=1e-12, rtol=0)
    half = estimate_text_prior(logits.half(), labels)
    assert half.dtype == torch.float64
    torch.testing.assert_close(half, whole, atol=1e-2, rtol=0)


def test_the_arguments_are_left_alone():
    logits, labels = make_samples((4, 4))
    before = logits.clone()
    with torch.no_grad():
        estimate_text_prior(logits, labels)
    assert torch.equal(logits, before)


@pytest.mark.parametrize(
    ('logits', 'labels', 'match'),
    [
        (torch.zeros(3), torch.zeros(3).long(), r'logits is \(3,\) and labels \(3,\)'),
        (torch.zeros(0, 2), torch.zeros(0).long(), 'of at least one sample'),
        (torch.zeros(2, 2), torch.tensor([0, 2]), 'labels lie in 0 .. 2; with 2 columns'),
        (torch.zeros(2, 2), torch.tensor([-1, 1]), 'labels lie in -1 .. 1'),
        (torch.zeros(2, 3), torch.tensor([0, 2]), 'Class 1 has no sample .1 of 3 classes'),
        (torch.tensor([[0.0, float('nan')]] * 2), torch.tensor([0, 1]), 'not finite'),
    ],
)
def test_what_has_no_prior(logits, labels, match):
    with pytest.raises(ValueError, match=match):
        estimate_text_prior(logits, labels)


def test_a_prior_that_is_not_found_is_said(monkeypatch):
    monkeypatch.setattr(calibration, '_STEPS', 1)
    with pytest.raises(RuntimeError, match='not found in 1 steps: a mean probability still'):
        estimate_text_prior(*make_samples((4, 4), 1000.0))


def test_folds_have_equal_shares_of_each_class():
    labels = make_samples((7, 4, 9))[1]
    folds = stratified_folds(labels, 3)
    for c in range(3):
        own = torch.bincount(folds[labels == c], minlength=3)
        assert own.max() - own.min() <= 1
        first = folds[labels == c]
        assert first.tolist() == [i % 3 for i in range(len(first))]


def test_the_sweep_equals_a_loop():
    visual, labels = make_samples((9, 5, 2), 1.0, seed=1)
    language = make_samples((9, 5, 2), 1.0, seed=2)[0]
    splits = ClassSplits((200, 50, 3))
    weights = (0.0, 0.3, 0.5, 1.0)
    rows = sweep_visual_weight(visual, language, labels, weights, splits)
    assert [row['visual_weight'] for row in rows] == list(weights)
    for weight, row in zip(weights, rows):
        right = {c: [] for c in range(3)}
        for v, g, y in zip(visual, language, labels.tolist()):
            score = weight * v.softmax(dim=0) + (1 - weight) * g.softmax(dim=0)
            right[y].append(int(score.argmax()) == y)
        of_classes = [100 * sum(own) / len(own) for own in right.values()]
        assert row['balanced'] == pytest.approx(sum(of_classes) / 3)
        assert [row[k] for k in ('many', 'medium', 'few')] == pytest.approx(of_classes)
        assert row['top1'] == pytest.approx(100 * sum(sum(own) for own in right.values()) / 16)
    ends = [next(fused_predictions(visual, language, [w])) for w in (0.0, 1.0)]
    assert torch.equal(ends[0], language.argmax(dim=1))
    assert torch.equal(ends[1], visual.argmax(dim=1))


def test_the_predictions_are_those_of_the_head():
    head = LGRHead(num_classes=3, in_channels=D, num_anchors=4, visual_weight=0.3)
    head.set_anchors(*make_anchors())
    x = torch.randn(50, D)
    with torch.no_grad():
        wanted = head((x,)).argmax(dim=1)
        found = next(fused_predictions(*head.branch_logits((x,)), [0.3]))
    assert torch.equal(found, wanted)


def test_a_class_without_samples_is_left_out_of_the_mean():
    splits = ClassSplits((200, 50, 30))
    found = balanced_accuracy(torch.tensor([0, 1, 1]), torch.tensor([0, 0, 1]), splits)
    assert found['balanced'] == 75.0 and found['top1'] == pytest.approx(200 / 3)


def test_ties_go_to_the_formula():
    rows = [(0.1, 80.0), (0.3, 80.0 + 1e-12), (0.9, 80.0), (0.5, 79.0)]
    rows = [dict(visual_weight=w, balanced=b) for w, b in rows]
    assert choose_visual_weight(rows) == 0.3
    assert choose_visual_weight([*rows, dict(visual_weight=0.7, balanced=80.0)]) == 0.3
    assert choose_visual_weight(rows[3:]) == 0.5


@pytest.mark.parametrize(
    ('weights', 'match'),
    [((), 'weights is empty; give at least one'), ((0.5, 1.2), 'weights is 1.2'), ('a', 'weights')],
)
def test_weights_outside_the_mixture_are_refused(weights, match):
    with pytest.raises(ValueError, match=match):
        check_weights(weights)
