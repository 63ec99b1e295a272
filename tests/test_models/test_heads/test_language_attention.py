"""The exact algebra against the formula written out, forward and backward."""

import math

import pytest
import torch
import torch.nn.functional as F
from torch.utils._python_dispatch import TorchDispatchMode

from vlltr_mm.models.heads import language_attention
from vlltr_mm.models.heads.language_attention import anchor_stats, attended_cosine

EPS = 1e-5


def plain(x, anchors, mask, parts, detach_norm=False):
    """Project all keys, attend, take the cosine: (B, C)."""
    w_q, w_k, g_q, b_q, g_k, b_k = parts
    dims = x.shape[1]
    query = F.layer_norm(x, (dims,), g_q, b_q, EPS) @ w_q.T
    keys = F.layer_norm(anchors, (dims,), g_k, b_k, EPS) @ w_k.T
    score = torch.einsum('bd,cmd->bcm', query, keys) / math.sqrt(dims)
    attention = score.masked_fill(~mask, float('-inf')).softmax(dim=2)
    attended = torch.einsum('bcm,cmd->bcd', attention, anchors)
    norm = attended.norm(dim=2).clamp(min=1e-6)
    if detach_norm:
        norm = norm.detach()
    return torch.einsum('bd,bcd->bc', F.normalize(x, dim=1), attended) / norm


def ours(x, anchors, mask, parts, detach_norm=False):
    w_q, w_k, g_q, b_q, g_k, _ = parts
    query = F.layer_norm(x, x.shape[1:], g_q, b_q, EPS) @ w_q.T
    return attended_cosine(
        (query @ w_k) * g_k, x, anchors, mask, anchor_stats(anchors, EPS), detach_norm
    )


def draw(batch, classes, anchors, dims, dtype, offset=0.0):
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
        1 + 0.2 * normal(dims),
        0.2 * normal(dims),
        1 + 0.2 * normal(dims),
        0.2 * normal(dims),
    ]
    text = text * mask.unsqueeze(2)
    return (x.to(dtype), text.to(dtype), mask, [p.to(dtype) for p in parts])


def trained_like(batch=32, classes=40, anchors=32, dims=512):
    """Draw features as CLIP's: a common direction with outlying dimensions,
    sentences of a class alike, images apart from texts."""
    generator = torch.Generator().manual_seed(0)

    def normal(*shape):
        return torch.randn(shape, generator=generator, dtype=torch.float64) / dims**0.5

    scales = torch.ones(dims, dtype=torch.float64)
    scales[:4] = torch.tensor([12.0, -9.0, 7.0, 5.0])
    common, image = (F.normalize(normal(dims) * scales, dim=0) for _ in range(2))
    text = 10 * (
        0.75 * common + 0.45 * normal(classes, 1, dims) + 0.48 * normal(classes, anchors, dims)
    )
    own = F.normalize(text.mean(dim=1)[torch.arange(batch) % classes], dim=1)
    x = 0.8 * image + 0.6 * own + 0.4 * normal(batch, dims) - 0.5 * common
    return x, text, torch.ones(classes, anchors).bool(), at_the_start(dims)


def random_features(batch=32, classes=40, anchors=32, dims=512):
    """Draw independent numbers: scores of deviation 1."""
    x, text, mask, _ = draw(batch, classes, anchors, dims, torch.float64)
    return x, text, mask, at_the_start(dims)


def at_the_start(dims):
    """Return the head's weights before training."""
    eye, one = torch.eye(dims, dtype=torch.float64), torch.ones(dims).double()
    return [eye, eye, one, 0 * one, one, 0 * one]


def value_and_grads(function, x, anchors, mask, parts, detach_norm=False):
    """Weigh the cosines, go back to x and to all weights."""
    generator = torch.Generator().manual_seed(5)
    weights = torch.randn(len(x), len(anchors), generator=generator, dtype=torch.float64)
    leaves = [t.clone().requires_grad_() for t in (x, *parts)]
    out = function(leaves[0], anchors, mask, leaves[1:], detach_norm)
    (out * weights.to(out.dtype)).sum().backward()
    return out.detach(), [leaf.grad for leaf in leaves]


@pytest.mark.parametrize('detach_norm', [False, True])
@pytest.mark.parametrize('blocks', [1, 2**18])
@pytest.mark.parametrize('offset', [0.0, 3.0])
@pytest.mark.parametrize('shape', [(1, 1, 1, 2), (4, 3, 5, 8), (2, 7, 4, 16)])
def test_forward_and_backward_equal_the_formula(monkeypatch, shape, offset, blocks, detach_norm):
    monkeypatch.setattr(language_attention, '_BLOCK_ELEMENTS', blocks)
    args = (*draw(*shape, torch.float64, offset), detach_norm)
    a, grads_a = value_and_grads(plain, *args)
    b, grads_b = value_and_grads(ours, *args)
    torch.testing.assert_close(a, b, rtol=1e-9, atol=1e-10)
    assert grads_b.pop() is None  # norm_k's bias is not part of the algebra
    assert grads_a.pop().abs().max() < 1e-10  # and has no gradient anyway
    for one, other in zip(grads_a, grads_b):
        torch.testing.assert_close(one, other, rtol=1e-7, atol=1e-9)


def test_a_second_backward_pass_is_as_the_first():
    x, anchors, mask, parts = draw(4, 3, 5, 8, torch.float64)
    out = ours(x.requires_grad_(), anchors, mask, parts).sum()
    (first,) = torch.autograd.grad(out, x, retain_graph=True)
    (again,) = torch.autograd.grad(out, x)
    torch.testing.assert_close(again, first, rtol=0, atol=0)


@pytest.mark.parametrize('length', [0.0, 1e-8])
def test_a_text_without_length_counts_as_one_of_fixed_length(length):
    x, anchors, mask, parts = draw(4, 3, 5, 8, torch.float64)
    args = (x, length * anchors, mask, parts)
    a, grads_a = value_and_grads(plain, *args)
    b, grads_b = value_and_grads(ours, *args)
    torch.testing.assert_close(a, b)
    for one, other in zip(grads_a[:-1], grads_b[:-1]):
        torch.testing.assert_close(one, other, rtol=1e-7, atol=1e-12)


def test_float32_stays_close_to_float64():
    args = draw(8, 20, 16, 64, torch.float64)
    exact = plain(*args)
    single = ours(args[0].float(), args[1].float(), args[2], [p.float() for p in args[3]])
    # 64 terms of size 1 in float32: a few times 64 * 6e-8.
    torch.testing.assert_close(single.double(), exact, rtol=0, atol=2e-5)


HALVES = [torch.float16, torch.bfloat16]


@pytest.mark.parametrize('cast', [1, 2**19])
@pytest.mark.parametrize('dtype', HALVES)
def test_half_anchors_are_multiplied_in_float32(monkeypatch, dtype, cast):
    monkeypatch.setattr(language_attention, '_CAST_ELEMENTS', cast)
    x, anchors, mask, parts = draw(8, 20, 16, 64, torch.float32)
    half = anchors.to(dtype)
    a, grads_a = value_and_grads(ours, x, half, mask, parts)
    b, grads_b = value_and_grads(ours, x, half.float(), mask, parts)
    torch.testing.assert_close(a, b)
    for one, other in zip(grads_a[:-1], grads_b[:-1]):
        torch.testing.assert_close(one, other, rtol=1e-4, atol=1e-5)


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


@pytest.mark.parametrize('dtype', HALVES)
@pytest.mark.parametrize('features', [random_features, trained_like])
def test_error_of_autocast(features, dtype):
    """Both factors and the result of the product carry eps / 2 each; a score
    is a difference of such, so gradients lose a few times more."""
    x, anchors, mask, parts = features()
    exact, grads = value_and_grads(plain, x, anchors, mask, parts)
    single = (x.float(), anchors.float(), mask, [p.float() for p in parts])

    def mixed(x, anchors, mask, parts, detach_norm=False):
        w_q, w_k, g_q, b_q, g_k, _ = parts
        query = F.layer_norm(x, x.shape[1:], g_q, b_q, EPS) @ w_q.T @ w_k
        with torch.autocast('cpu', dtype):
            return attended_cosine(
                query * g_k, x, anchors, mask, anchor_stats(anchors, EPS), detach_norm
            )

    out, own = value_and_grads(mixed, *single)
    assert out.dtype == torch.float32
    assert (out - exact).abs().max() < torch.finfo(dtype).eps / 4
    assert relative(own[1], grads[1]) < 10 * torch.finfo(dtype).eps


class Largest(TorchDispatchMode):
    """Remember the largest tensor that an operator makes anew."""

    elements = 0

    def __torch_dispatch__(self, func, types, args=(), kwargs=None):
        out = func(*args, **(kwargs or {}))
        if isinstance(out, torch.Tensor) and not func.is_view:
            self.elements = max(self.elements, out.numel())
        return out


@pytest.mark.parametrize('dtype', [torch.float32, torch.float16])
def test_memory_is_that_of_a_block_whatever_the_classes(monkeypatch, dtype):
    monkeypatch.setattr(language_attention, '_BLOCK_ELEMENTS', 2**10)
    monkeypatch.setattr(language_attention, '_CAST_ELEMENTS', 2**10)
    batch, num_anchors, dims = 5, 8, 16
    for classes in (100, 400):
        x, anchors, mask, parts = draw(batch, classes, num_anchors, dims, torch.float32)
        stats = anchor_stats(anchors)
        args = (anchors.to(dtype), mask, stats)
        query = x.clone().requires_grad_()
        with Largest() as largest, torch.no_grad():
            attended_cosine(query, x, *args)
        # A block, the result (B, C), or what is added to padding (C, M).
        assert largest.elements <= max(2**10, classes * num_anchors)
        with Largest() as largest:
            attended_cosine(query, x, *args).sum().backward()
        assert largest.elements < batch * classes * num_anchors


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


@pytest.mark.parametrize('backend', ['aot_eager', pytest.param('inductor', marks=pytest.mark.slow)])
def test_a_compiler_gets_one_graph(backend):
    args = draw(3, 4, 5, 8, torch.float64)
    compiled = torch.compile(ours, backend=backend, fullgraph=True)
    with torch.no_grad():
        torch.testing.assert_close(compiled(*args), ours(*args))
    out, grads = value_and_grads(compiled, *args)
    expected, wanted = value_and_grads(ours, *args)
    torch.testing.assert_close(out, expected)
    torch.testing.assert_close(grads[:-1], wanted[:-1])


def test_order_of_anchors_does_not_matter():
    x, anchors, mask, parts = draw(3, 4, 5, 8, torch.float64)
    order = torch.tensor([4, 2, 0, 1, 3])
    torch.testing.assert_close(
        ours(x, anchors[:, order], mask[:, order], parts), ours(x, anchors, mask, parts)
    )


def test_one_anchor_by_hand():
    # One anchor: it is attended to, whatever the query is.
    x = torch.tensor([[3.0, 4.0]])
    anchors = torch.tensor([[[1.0, 0.0]], [[0.0, 2.0]]])
    out = attended_cosine(
        torch.zeros(1, 2), x, anchors, torch.ones(2, 1, dtype=torch.bool), anchor_stats(anchors)
    )
    torch.testing.assert_close(out, torch.tensor([[0.6, 0.8]]))
