"""Inputs of the language branch, its two forms, and their gradients."""

import torch
import torch.nn.functional as F

from vlltr_mm.models.heads.blocked_attention import anchor_stats, attended_cosine, attention_weights
from vlltr_mm.models.heads.language_branch import language_branch

EPS = 1e-5


def formula(x, anchors, mask, parts, detach_norm=False):
    """Return the formula's attention (B, C, M) and cosines (B, C)."""
    w_q, w_k, g_q, b_q, g_k, b_k = parts
    return language_branch(
        x,
        anchors,
        mask,
        lambda t: F.layer_norm(t, t.shape[-1:], g_q, b_q, EPS),
        lambda t: F.layer_norm(t, t.shape[-1:], g_k, b_k, EPS),
        lambda t: t @ w_q.T,
        lambda t: t @ w_k.T,
        detach_norm,
    )


def plain(*args):
    return formula(*args)[1]


def plain_attention(x, anchors, mask, parts, detach_norm=False):
    return formula(x, anchors, mask, parts)[0]


def query_of(x, parts):
    w_q, w_k, g_q, b_q, g_k, _ = parts
    return (F.layer_norm(x, x.shape[1:], g_q, b_q, EPS) @ w_q.T @ w_k) * g_k


def ours(x, anchors, mask, parts, detach_norm=False):
    stats = anchor_stats(anchors, EPS)
    return attended_cosine(query_of(x, parts), x, anchors, mask, stats, detach_norm)


def our_attention(x, anchors, mask, parts, detach_norm=False):
    return attention_weights(query_of(x, parts), anchors, mask, anchor_stats(anchors, EPS))


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
    """Weigh what a function gives, go back to x and to all weights."""
    leaves = [t.clone().requires_grad_() for t in (x, *parts)]
    out = function(leaves[0], anchors, mask, leaves[1:], detach_norm)
    generator = torch.Generator().manual_seed(5)
    weights = torch.randn(out.shape, generator=generator, dtype=torch.float64)
    (out * weights.to(out)).sum().backward()
    return out.detach(), [leaf.grad for leaf in leaves]
