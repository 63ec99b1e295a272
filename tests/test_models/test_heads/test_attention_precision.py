"""What half precision costs the fast form of the language branch."""

import pytest
import torch
from attention_cases import (
    EPS,
    draw,
    our_attention,
    ours,
    plain,
    plain_attention,
    query_of,
    random_features,
    trained_like,
    value_and_grads,
)

from vlltr_mm.models.heads import blocked_attention
from vlltr_mm.models.heads.blocked_attention import anchor_stats, attended_cosine, attention_weights

HALVES = [torch.float16, torch.bfloat16]


def test_float32_stays_close_to_float64():
    args = draw(8, 20, 16, 64, torch.float64)
    exact = plain(*args)
    single = ours(args[0].float(), args[1].float(), args[2], [p.float() for p in args[3]])
    # 64 terms of size 1 in float32: a few times 64 * 6e-8.
    torch.testing.assert_close(single.double(), exact, rtol=0, atol=2e-5)


@pytest.mark.parametrize('cast', [1, 2**19])
@pytest.mark.parametrize('dtype', HALVES)
def test_half_anchors_are_multiplied_in_float32(monkeypatch, dtype, cast):
    monkeypatch.setattr(blocked_attention, '_CAST_ELEMENTS', cast)
    x, anchors, mask, parts = draw(8, 20, 16, 64, torch.float32)
    half = anchors.to(dtype)
    a, grads_a = value_and_grads(ours, x, half, mask, parts)
    b, grads_b = value_and_grads(ours, x, half.float(), mask, parts)
    torch.testing.assert_close(a, b)
    for one, other in zip(grads_a[:-1], grads_b[:-1]):
        torch.testing.assert_close(one, other, rtol=1e-4, atol=1e-5)
    a, grads_a = value_and_grads(our_attention, x, half, mask, parts)
    b, grads_b = value_and_grads(our_attention, x, half.float(), mask, parts)
    torch.testing.assert_close(a, b)
    torch.testing.assert_close(grads_a[:-1], grads_b[:-1])
    with torch.no_grad():
        torch.testing.assert_close(our_attention(x, half, mask, parts), b)


def relative(a, b):
    return float((a - b).norm() / b.norm())


@pytest.mark.parametrize('dtype', HALVES)
@pytest.mark.parametrize('features', [random_features, trained_like])
def test_error_of_half_anchors(features, dtype):
    """Anchors carry a relative error of eps / 2, the products of few images
    one more; cosines are below 1/2. Gradients rest on the differences of a
    class's anchors, which are shorter than the anchors."""
    x, anchors, mask, parts = features()
    exact, grads = value_and_grads(plain, x, anchors, mask, parts)
    single = (x.float(), anchors.to(dtype), mask, [p.float() for p in parts])
    out, own = value_and_grads(ours, *single)
    eps = torch.finfo(dtype).eps
    assert exact.abs().max() < 0.5
    assert (out - exact).abs().max() < eps / 4
    assert relative(own[1], grads[1]) < 4 * eps
    few = torch.cat([ours(x, *single[1:]) for x in single[0].split(4)])
    assert (few - exact).abs().max() < eps / 4
    assert few.dtype == torch.float32 and not torch.equal(few, out)
    exact = plain_attention(x, anchors, mask, parts)
    for size in (32, 4):
        own = torch.cat([our_attention(x, *single[1:]) for x in single[0].split(size)])
        assert own.dtype == torch.float32 and (own - exact).abs().max() < eps


@pytest.mark.parametrize('dtype', HALVES)
@pytest.mark.parametrize('features', [random_features, trained_like])
def test_error_of_autocast(features, dtype):
    """Both factors and the result of the product carry eps / 2 each; a score
    is a difference of such, so gradients lose a few times more."""
    x, anchors, mask, parts = features()
    exact, grads = value_and_grads(plain, x, anchors, mask, parts)
    single = (x.float(), anchors.float(), mask, [p.float() for p in parts])

    def mixed(x, anchors, mask, parts, detach_norm=False):
        query, stats = query_of(x, parts), anchor_stats(anchors, EPS)
        with torch.autocast('cpu', dtype):
            return attended_cosine(query, x, anchors, mask, stats, detach_norm)

    query, stats = query_of(single[0], single[3]), anchor_stats(single[1], EPS)
    with torch.autocast('cpu', dtype):
        attention = attention_weights(query, single[1], mask, stats)
    assert attention.dtype == torch.float32
    exact_attention = plain_attention(x, anchors, mask, parts)
    assert (attention - exact_attention).abs().max() < torch.finfo(dtype).eps
    out, own = value_and_grads(mixed, *single)
    assert out.dtype == torch.float32
    assert (out - exact).abs().max() < torch.finfo(dtype).eps / 4
    assert relative(own[1], grads[1]) < 10 * torch.finfo(dtype).eps
