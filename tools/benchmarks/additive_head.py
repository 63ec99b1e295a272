"""A training step of the additive head beside one of the paper's.

The heads alone, on features, as a frozen tower gives them: loss, backward and
a step of AdamW. "Plain" is ``LGRHead`` with its two cross entropies, "ours"
``AdditiveLGRHead`` with a logit-adjusted loss, on the same anchors. Below the
table additive / LGR, of time (median over the rounds) and of the memory that
a step adds. "Difference" is that of the language logits, which both share.

Example: python tools/benchmarks/additive_head.py --case train_b32 train_b128
"""

from functools import partial
from typing import NamedTuple

import torch
from _measure import Trial, parser, run
from mmpretrain.structures import DataSample

from vlltr_mm.models import AdditiveLGRHead, LGRHead
from vlltr_mm.models.heads.anchor_head import AnchorHead


class Case(NamedTuple):
    """Sizes of a batch and of the anchors."""

    images: int
    classes: int = 1000
    anchors: int = 64
    dims: int = 1024


CASES = dict(train_b32=Case(32), train_b128=Case(128), train_inat=Case(32, 8142, dims=512))


def build(case: Case, device: str) -> Trial:
    """Make both heads on one set of anchors, and a step of each."""
    torch.manual_seed(0)
    counts = [1280 // (1 + index) + 5 for index in range(case.classes)]
    sizes = (case.classes, case.dims, case.anchors)
    heads = dict(
        plain=LGRHead(*sizes, logit_scale=4.6),
        ours=AdditiveLGRHead(
            *sizes, logit_scale=4.6, loss=dict(type='LogitAdjustedLoss', class_counts=counts)
        ),
    )
    heads = {name: head.to(device) for name, head in heads.items()}
    anchors = torch.randn(case.classes, case.anchors, case.dims, device=device)
    for head in heads.values():
        # One copy of the anchors, so that the memory of a step stands out.
        head.anchor_feats = anchors
        head.anchor_mask.fill_(True)
        head.load_state_dict(head.state_dict())
    x = torch.randn(case.images, case.dims, device=device)
    samples = [DataSample().set_gt_label(i % case.classes).to(device) for i in range(case.images)]
    forms = {name: partial(step, head, optimizer(head), x, samples) for name, head in heads.items()}
    return Trial(forms, partial(difference, heads, x), 0.0)


def optimizer(head: AnchorHead) -> torch.optim.Optimizer:
    """Make the recipes' optimizer."""
    return torch.optim.AdamW([p for p in head.parameters() if p.requires_grad], 1e-3)


def step(head: AnchorHead, optim: torch.optim.Optimizer, x: torch.Tensor, samples: list):
    """Train on a batch."""
    optim.zero_grad()
    sum(head.loss((x,), samples).values()).backward()
    optim.step()


def difference(heads: dict[str, AnchorHead], x: torch.Tensor) -> float:
    """Compare the language logits, and those at the start of the additive head."""
    with torch.no_grad():
        plain, ours = (head.language_logits(x) for head in heads.values())
        start = heads['ours']((x,))
    return float(max((plain - ours).abs().max(), (start - ours).abs().max()))


def main():
    """Parse, measure and print."""
    args = parser(__doc__).parse_args()
    cases = CASES
    if args.quick:
        cases = {name: case._replace(classes=case.classes // 20) for name, case in cases.items()}
    made = {name: partial(build, case, args.device) for name, case in cases.items()}
    for row in run(args, __file__, 'Stage-2 step of a head: LGR (plain), additive (ours)', made):
        told = f'{row["case"]}: additive / LGR {1 / row["ratio"]:.2f} in time'
        if 'ours_memory' in row:
            above = [row[f'{form}_memory']['above_mib'] for form in ('ours', 'plain')]
            told += f', {above[0] / above[1]:.2f} in memory'
        print(told)


if __name__ == '__main__':
    main()
