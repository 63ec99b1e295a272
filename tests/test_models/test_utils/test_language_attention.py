"""The exact algebra against the formula written out, forward and backward."""
import math

import pytest
import torch
import torch.nn.functional as F

from vlltr_mm.models.utils import language_attention
from vlltr_mm.models.utils.language_attention import (anchor_stats,
                                                      attended_cosine)

EPS = 1e-5


def plain(x, anchors, mask, parts):
    """Project all keys, attend, take the cosine: (B, C)."""
    w_q, w_k, g_q, b_q, g_k, b_k = parts
    dims = x.shape[1]
    query = F.layer_norm(x, (dims, ), g_q, b_q, EPS) @ w_q.T
    keys = F.layer_norm(anchors, (dims, ), g_k, b_k, EPS) @ w_k.T
    score = torch.einsum('bd,cmd->bcm', query, keys) / math.sqrt(dims)
    attention = score.masked_fill(~mask, float('-inf')).softmax(dim=2)
    attended = torch.einsum('bcm,cmd->bcd', attention, anchors)
    return torch.einsum('bd,bcd->bc', F.normalize(x, dim=1),
                        F.normalize(attended, dim=2))


def ours(x, anchors, mask, parts, detach_norm=False):
    w_q, w_k, g_q, b_q, g_k, _ = parts
    query = F.layer_norm(x, x.shape[1:], g_q, b_q, EPS) @ w_q.T
    return attended_cosine((query @ w_k) * g_k, x, anchors, mask,
                           anchor_stats(anchors, EPS), detach_norm)


def draw(batch, classes, anchors, dims, dtype, offset=0.):
    generator = torch.Generator().manual_seed(batch + classes)

    def normal(*shape):
        return torch.randn(shape, generator=generator, dtype=torch.float64)

    x = normal(batch, dims)
    text = normal(classes, anchors, dims) + offset
    mask = torch.rand(classes, anchors, generator=generator) < 0.7
    mask[:, 0] = True
    parts = [
        torch.eye(dims, dtype=torch.float64) + 0.3 * normal(dims, dims),
        torch.eye(dims, dtype=torch.float64) + 0.3 * normal(dims, dims),
        1 + 0.2 * normal(dims), 0.2 * normal(dims), 1 + 0.2 * normal(dims),
        0.2 * normal(dims)
    ]
    text = text * mask.unsqueeze(2)
    return (x.to(dtype), text.to(dtype), mask, [p.to(dtype) for p in parts])


@pytest.mark.parametrize('offset', [0., 3.])
@pytest.mark.parametrize('shape', [(1, 1, 1, 2), (4, 3, 5, 8), (2, 7, 4, 16)])
def test_forward_and_backward_equal_the_formula(shape, offset):
    x, anchors, mask, parts = draw(*shape, torch.float64, offset)
    weights = torch.randn(shape[0], shape[1], dtype=torch.float64)
    results = []
    for function in (plain, ours):
        leaves = [t.clone().requires_grad_() for t in (x, *parts)]
        out = function(leaves[0], anchors, mask, leaves[1:])
        (out * weights).sum().backward()
        results.append((out, [leaf.grad for leaf in leaves]))
    (a, grads_a), (b, grads_b) = results
    torch.testing.assert_close(a, b, rtol=1e-9, atol=1e-10)
    assert grads_b.pop() is None  # norm_k's bias is not part of the algebra
    assert grads_a.pop().abs().max() < 1e-10  # and has no gradient anyway
    for one, other in zip(grads_a, grads_b):
        torch.testing.assert_close(one, other, rtol=1e-7, atol=1e-9)


def test_float32_stays_close_to_float64():
    args = draw(8, 20, 16, 64, torch.float64)
    exact = plain(*args)
    single = ours(args[0].float(), args[1].float(), args[2],
                  [p.float() for p in args[3]])
    # 64 terms of size 1 in float32: a few times 64 * 6e-8.
    torch.testing.assert_close(single.double(), exact, rtol=0, atol=2e-5)


def test_half_precision_anchors_stay_close():
    x, anchors, mask, parts = draw(8, 20, 16, 64, torch.float32)
    half = ours(x, anchors.bfloat16(), mask, parts)
    assert half.dtype == torch.float32
    # bfloat16 keeps 8 bits: 2**-8 of values of size 1.
    torch.testing.assert_close(
        half, ours(x, anchors, mask, parts), rtol=0, atol=4e-2)


def test_detached_norm_keeps_the_value_and_changes_the_gradient():
    x, anchors, mask, parts = draw(3, 4, 5, 8, torch.float64)
    grads = []
    for detach in (False, True):
        w_q = parts[0].clone().requires_grad_()
        out = ours(x, anchors, mask, [w_q, *parts[1:]], detach)
        torch.testing.assert_close(out, plain(x, anchors, mask, parts))
        out.sum().backward()
        grads.append(w_q.grad)
    assert (grads[0] - grads[1]).abs().max() > 1e-4


def test_blocks_without_gradients_change_nothing(monkeypatch):
    args = draw(3, 7, 4, 8, torch.float64)
    whole = ours(*args)
    monkeypatch.setattr(language_attention, '_BLOCK_ELEMENTS', 1)
    with torch.no_grad():
        torch.testing.assert_close(ours(*args), whole)


@pytest.mark.parametrize('dtype', [torch.bfloat16, torch.float16])
def test_autocast_concerns_the_product_only(dtype):
    args = draw(8, 20, 16, 64, torch.float32)
    with torch.autocast('cpu', dtype):
        mixed = ours(*args)
    assert mixed.dtype == torch.float32
    # The unit roundoff of the type on values of size 1, twice for the sums.
    torch.testing.assert_close(
        mixed, ours(*args), rtol=0, atol=8 * torch.finfo(dtype).eps)


def test_a_compiler_gets_one_graph():
    args = draw(3, 4, 5, 8, torch.float64)
    compiled = torch.compile(ours, backend='eager', fullgraph=True)
    torch.testing.assert_close(compiled(*args), ours(*args))


def test_order_of_anchors_does_not_matter():
    x, anchors, mask, parts = draw(3, 4, 5, 8, torch.float64)
    order = torch.tensor([4, 2, 0, 1, 3])
    torch.testing.assert_close(
        ours(x, anchors[:, order], mask[:, order], parts),
        ours(x, anchors, mask, parts))


def test_one_anchor_by_hand():
    # One anchor: it is attended to, whatever the query is.
    x = torch.tensor([[3., 4.]])
    anchors = torch.tensor([[[1., 0.]], [[0., 2.]]])
    out = attended_cosine(torch.zeros(1, 2), x, anchors,
                          torch.ones(2, 1, dtype=torch.bool),
                          anchor_stats(anchors))
    torch.testing.assert_close(out, torch.tensor([[0.6, 0.8]]))
