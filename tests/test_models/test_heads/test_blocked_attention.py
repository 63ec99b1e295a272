"""The fast form against the formula, forward and backward."""

import pytest
import torch
from attention_cases import draw, our_attention, ours, plain, plain_attention, value_and_grads
from torch.utils._python_dispatch import TorchDispatchMode

from vlltr_mm.models.heads import blocked_attention
from vlltr_mm.models.heads.blocked_attention import anchor_stats, attended_cosine, attention_weights


def one_anchor(x, anchors, mask, parts):
    """Leave each class its first anchor alone."""
    return x, anchors, torch.arange(anchors.shape[1]).eq(0).expand(mask.shape), parts


# float64 on both sides: 3e-15 was seen, of values and gradients up to 10. The
# rest is for other orders of summation.
EXACT = dict(rtol=1e-13, atol=1e-13)
SHAPES = [(1, 1, 1, 2), (4, 3, 5, 8), (2, 7, 4, 16)]


@pytest.mark.parametrize('detach_norm', [False, True])
@pytest.mark.parametrize('blocks', [1, 2**18])
@pytest.mark.parametrize('change', [None, one_anchor])
@pytest.mark.parametrize('offset', [0.0, 3.0])
@pytest.mark.parametrize('shape', SHAPES)
def test_forward_and_backward_equal_the_formula(
    monkeypatch, shape, offset, change, blocks, detach_norm
):
    monkeypatch.setattr(blocked_attention, '_BLOCK_ELEMENTS', blocks)
    args = draw(*shape, torch.float64, offset)
    args = (*(change(*args) if change else args), detach_norm)
    a, grads_a = value_and_grads(plain, *args)
    b, grads_b = value_and_grads(ours, *args)
    torch.testing.assert_close(a, b, **EXACT)
    assert grads_b.pop() is None  # norm_k's bias is not part of the algebra
    assert grads_a.pop().abs().max() < 1e-13  # and has no gradient anyway
    for one, other in zip(grads_a, grads_b):
        torch.testing.assert_close(one, other, **EXACT)


@pytest.mark.parametrize('blocks', [1, 2**18])
@pytest.mark.parametrize('change', [None, one_anchor])
@pytest.mark.parametrize('shape', SHAPES)
def test_attention_equals_the_formula(monkeypatch, shape, change, blocks):
    monkeypatch.setattr(blocked_attention, '_BLOCK_ELEMENTS', blocks)
    args = draw(*shape, torch.float64)
    args = change(*args) if change else args
    a, grads_a = value_and_grads(plain_attention, *args)
    b, grads_b = value_and_grads(our_attention, *args)
    assert a.shape == b.shape == shape[:3]
    torch.testing.assert_close(a, b, **EXACT)
    torch.testing.assert_close(b.sum(dim=2), torch.ones(shape[:2]).double())
    assert not b.masked_select(~args[2]).any()
    for one, other in zip(grads_a[:-1], grads_b[:-1]):
        torch.testing.assert_close(one, other, **EXACT)
    with torch.no_grad():
        torch.testing.assert_close(our_attention(*args), b, rtol=0, atol=0)


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


class Sizes(TorchDispatchMode):
    """List how many elements the tensors have that operators make anew."""

    def __init__(self):
        super().__init__()
        self.elements = []

    def __torch_dispatch__(self, func, types, args=(), kwargs=None):
        out = func(*args, **(kwargs or {}))
        inputs = {t.data_ptr() for t in args if isinstance(t, torch.Tensor)}
        if isinstance(out, torch.Tensor) and not func.is_view and out.data_ptr() not in inputs:
            self.elements.append(out.numel())
        return out


@pytest.mark.parametrize('dtype', [torch.float32, torch.float16])
def test_memory_is_that_of_a_block_whatever_the_classes(monkeypatch, dtype):
    monkeypatch.setattr(blocked_attention, '_BLOCK_ELEMENTS', 2**10)
    monkeypatch.setattr(blocked_attention, '_CAST_ELEMENTS', 2**10)
    batch, num_anchors, dims = 5, 8, 16
    for classes in (100, 400):
        x, anchors, mask, parts = draw(batch, classes, num_anchors, dims, torch.float32)
        stats = anchor_stats(anchors)
        args = (anchors.to(dtype), mask, stats)
        query = x.clone().requires_grad_()
        with Sizes() as sizes, torch.no_grad():
            attended_cosine(query, x, *args)
        # A block, the result (B, C), or what is added to padding (C, M).
        assert max(sizes.elements) <= max(2**10, classes * num_anchors)
        with Sizes() as sizes:
            attended_cosine(query, x, *args).sum().backward()
        assert max(sizes.elements) < batch * classes * num_anchors
        with Sizes() as sizes, torch.no_grad():
            attention_weights(query, *args)
        whole, rest = sorted(sizes.elements)[-1], sorted(sizes.elements)[-2]
        assert whole == batch * classes * num_anchors
        assert rest <= max(2**10, classes * num_anchors)


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
    monkeypatch.setattr(blocked_attention, '_BLOCK_ELEMENTS', 1)
    with torch.no_grad():
        torch.testing.assert_close(ours(*args), whole)


@pytest.mark.slow
@pytest.mark.filterwarnings('default')  # torch's compiler warns about its own code
@pytest.mark.parametrize('backend', ['aot_eager', 'inductor'])
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
