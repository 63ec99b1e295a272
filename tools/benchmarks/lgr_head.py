"""The language branch of the LGR head, written out and by exact algebra.

Plain: project all C·M keys, build the attended text (B, C, D), compare. Bare:
the products that no form can avoid, (CM x D)(D x 2B) and, to train,
(2B x CM)(CM x D). Memory: peak of a fresh process and, in brackets, its
growth over that with the head and the anchors made.

Example: python tools/benchmarks/lgr_head.py --case train_b32 eval_b1
"""

from functools import partial
from typing import NamedTuple

import _plain
import torch
from _measure import Trial, parser, run

from vlltr_mm.models import LGRHead


class Case(NamedTuple):
    """Sizes, and what the anchors are stored in."""

    images: int
    classes: int = 1000
    anchors: int = 64
    dims: int = 1024
    train: bool = False
    dtype: str | None = None
    plain: bool = True  # whether the plain form fits into memory


CASES = dict(
    train_b32=Case(32, train=True),
    train_b128=Case(128, train=True),
    train_inat=Case(32, 8142, dims=512, train=True),
    train_b32_bf16=Case(32, train=True, dtype='bfloat16'),
    eval_b1=Case(1),
    eval_b1_fp16=Case(1, dtype='float16'),
    eval_b1_bf16=Case(1, dtype='bfloat16'),
    eval_b32=Case(32),
    eval_b32_fp16=Case(32, dtype='float16'),
    eval_100k_fp16=Case(32, 100_000, 8, 512, dtype='float16', plain=False),
    eval_100k_bf16=Case(32, 100_000, 8, 512, dtype='bfloat16', plain=False),
)
# Of cosines: rounding of the sums, or the anchors' own, once or twice.
TOLERANCES = {None: 1e-5, 'float16': 5e-4, 'bfloat16': 4e-3}
CHECKED = 256  # classes that are compared with the formula


def build(case: Case, device: str) -> Trial:
    """Make a head with random anchors, and its forms."""
    torch.manual_seed(0)
    head = LGRHead(
        case.classes, case.dims, case.anchors, logit_scale=0.0, anchor_dtype=case.dtype
    ).to(device)
    # In place and through a checkpoint: no second copy of the anchors.
    head.anchor_feats.normal_()
    head.anchor_mask.fill_(True)
    head.load_state_dict(head.state_dict())
    x = torch.randn(case.images, case.dims, device=device)
    grad = torch.randn(case.images, case.classes, device=device)
    forms = dict(ours=partial(step, head, head.language_logits, x, grad))
    plain = partial(_plain.language_logits, head)
    # Where ours stores less, the plain form keeps float32.
    full = {}

    def anchors():
        return full.setdefault('anchors', head.anchor_feats.float())

    if case.plain:
        forms = dict(plain=lambda: step(head, partial(plain, anchors=anchors()), x, grad), **forms)
    if case.dtype is None or device != 'cpu':
        forms['bare'] = partial(bare, head.anchor_feats.flatten(0, 1), x, case.train)
    if not case.train:
        forms = {name: torch.no_grad()(form) for name, form in forms.items()}
    tolerance = TOLERANCES[case.dtype]
    return Trial(forms, partial(difference, head, x, case.train), tolerance)


def step(head, logits, x: torch.Tensor, grad: torch.Tensor):
    """Run forward and, with gradients on, backward."""
    out = logits(x)
    if out.requires_grad:
        out.backward(grad)
        head.zero_grad()


def bare(anchors: torch.Tensor, x: torch.Tensor, train: bool):
    """Multiply as often as it takes, and nothing else."""
    both = torch.cat([x, x]).to(anchors.dtype)
    product = anchors @ both.T
    if train:
        product.T @ anchors


def difference(head, x: torch.Tensor, train: bool) -> float:
    """Compare cosines of some classes and, relatively, the gradients."""
    anchors = head.anchor_feats[:CHECKED].float()
    results = []
    for logits in (head.language_logits(x)[:, :CHECKED], _plain.language_logits(head, x, anchors)):
        grads = torch.autograd.grad(logits.square().sum(), [head.proj_q.weight, head.norm_k.weight])
        results.append((logits.detach(), *grads))
    errors = [
        float((a - b).abs().max() / (b.abs().max() if i else 1))
        for i, (a, b) in enumerate(zip(*results))
    ]
    return max(errors) if train else errors[0]


def main():
    """Parse, measure and print."""
    args = parser(__doc__).parse_args()
    cases = CASES
    if args.quick:
        cases = {name: case._replace(classes=case.classes // 20) for name, case in cases.items()}
    run(
        args,
        __file__,
        'LGR head, language branch',
        {name: partial(build, case, args.device) for name, case in cases.items()},
    )


if __name__ == '__main__':
    main()
