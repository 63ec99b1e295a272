"""How far half precision moves the language branch from float64.

Largest error of the cosine, and error of the query's gradient as a share of
its norm: 32 images, 100 classes, M = 64, D = 1024. Anchors are independent
numbers, or like CLIP's: a common direction with a few large dimensions, and
smaller parts of the class and of the sentence.

Example: python tools/benchmarks/precision.py
"""

from contextlib import nullcontext

import torch
import torch.nn.functional as F
from rich.console import Console
from rich.table import Table

from vlltr_mm.models.heads.blocked_attention import anchor_stats, attended_cosine

B, C, M, D = 32, 100, 64, 1024
FEW = 4  # images up to which a CPU multiplies in half precision


def draw(*shape) -> torch.Tensor:
    """Draw vectors of a norm of about 1."""
    return torch.randn(*shape, D, dtype=torch.float64) / D**0.5


def random_case():
    """Return anchors (C, M, D) and images (B, D) without structure."""
    return draw(C, M) * D**0.5, draw(B) * D**0.5


def clip_like_case():
    """Return anchors and images with what embeddings of CLIP have in common."""
    weights = torch.ones(D, dtype=torch.float64)
    weights[:4] = torch.tensor([12.0, -9.0, 7.0, 5.0])
    text, image = (F.normalize(draw() * weights, dim=0) for _ in range(2))
    anchors = 10 * (0.75 * text + 0.45 * draw(C, 1) + 0.48 * draw(C, M))
    own = F.normalize(anchors.mean(dim=1)[:B], dim=1) - 0.7 * text
    return anchors, 0.8 * image + 0.25 * text + 0.6 * own + 0.4 * draw(B)


def evaluate(anchors, x, query, grad, context=None):
    """Return cosines (B, C) and the query's gradient (B, D), in float64."""
    query = query.clone().requires_grad_()
    mask = torch.ones(C, M, dtype=torch.bool)
    with context or nullcontext():
        cosine = attended_cosine(query, x, anchors, mask, anchor_stats(anchors))
    cosine.backward(grad.to(cosine.dtype))
    return cosine.detach().double(), query.grad.double()


@torch.no_grad()
def few_at_a_time(anchors, x, query):
    """Return the cosines of a few images at a time, without gradients."""
    mask, stats = torch.ones(C, M, dtype=torch.bool), anchor_stats(anchors)
    return torch.cat(
        [
            attended_cosine(q, own, anchors, mask, stats)
            for q, own in zip(query.split(FEW), x.split(FEW))
        ]
    ).double()


def errors(anchors, x) -> dict:
    """Return name → (error of the cosine, of the gradient or None)."""
    query, grad = F.layer_norm(x, (D,)), torch.randn(B, C).double()
    right, slope = evaluate(anchors, x, query, grad)
    single = anchors.float(), x.float(), query.float()
    half = {
        name: (anchors.to(getattr(torch, name)), *single[1:]) for name in ('float16', 'bfloat16')
    }
    found = {'float32': evaluate(*single, grad)}
    for name, args in half.items():
        found[f'{name} anchors'] = evaluate(*args, grad)
        found[f'{name} anchors and product'] = few_at_a_time(*args), None
    found['bfloat16 autocast'] = evaluate(*single, grad, torch.autocast('cpu', torch.bfloat16))
    return {
        name: (
            float((cosine - right).abs().max()),
            own if own is None else float((own - slope).norm() / slope.norm()),
        )
        for name, (cosine, own) in found.items()
    }


def main():
    """Evaluate and print."""
    torch.manual_seed(0)
    random, like = errors(*random_case()), errors(*clip_like_case())
    table = Table('', 'random', "like CLIP's", 'gradient, random', "like CLIP's")
    for name in random:
        cells = [random[name][0], like[name][0], random[name][1], like[name][1]]
        table.add_row(name, *('' if c is None else f'{c:.0e}' for c in cells))
    Console().print(table)


if __name__ == '__main__':
    main()
