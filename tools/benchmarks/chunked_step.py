"""A stage-1 step in chunks (``CVLP(chunk_size=...)``) beside the plain one.

CLIP's towers at full size with random weights, both trained, with a teacher
whose sentences are looked up, float32: forward and backward of one batch.
"Plain" embeds the batch in one piece, "ours" in chunks; the ratio is below 1,
as each chunk is embedded twice. "Difference" is that of the gradients, as a
share of their norm. Memory is what the towers keep and make for one step.

Example: python tools/benchmarks/chunked_step.py --case rn50_b16_c4
"""

from functools import partial
from typing import NamedTuple

import torch
from _measure import Trial, parser, run
from mmpretrain.structures import DataSample

from vlltr_mm.models import CVLP


class Case(NamedTuple):
    """An architecture, and the sizes of batch and chunk."""

    arch: str | dict
    batch: int
    chunk: int
    words: int = 20  # tokens of a sentence


CASES = dict(
    rn50_b16_c4=Case('RN50-quickgelu', 16, 4),
    rn50_b32_c4=Case('RN50-quickgelu', 32, 4),
    vit_b16_c4=Case('ViT-B-16-quickgelu', 16, 4),
)
TINY = dict(
    embed_dim=32,
    vision_cfg=dict(image_size=32, patch_size=8, layers=2, width=32, head_width=16),
    text_cfg=dict(context_length=77, vocab_size=49408, width=32, heads=2, layers=2),
)
TOLERANCE = 2e-4  # float32: sums in another order


def build(case: Case, device: str) -> Trial:
    """Make a model, a batch, and the step in both forms."""
    torch.manual_seed(0)
    model = CVLP(
        dict(type='OpenCLIPVisionBackbone', arch=case.arch, norm_eval=True),
        dict(type='OpenCLIPTextBackbone', arch=case.arch),
        chunk_size=case.chunk,
    )
    model = model.to(device).train()
    size = model.vision_backbone.img_size
    images = torch.randn(case.batch, 3, size, size, device=device)
    samples = []
    for index in range(case.batch):
        sample = DataSample(text_index=index).set_gt_label(index % 8)
        words = torch.randint(1, 49000, (case.words - 1,))
        sample.set_field(torch.cat([words, torch.tensor([49407])]), 'text_tokens')
        samples.append(sample.to(device))
    model.set_teacher_text_bank(torch.randn(case.batch, model.text_backbone.embed_dims))
    forms = {
        name: partial(step, model, images, samples, chunk)
        for name, chunk in (('plain', None), ('ours', case.chunk))
    }
    return Trial(forms, partial(difference, model, forms), TOLERANCE)


def step(model: CVLP, images: torch.Tensor, samples: list, chunk_size: int | None):
    """Run forward and backward, with a chunk size."""
    model.chunk_size = chunk_size
    model.zero_grad()
    losses = model(images, samples, mode='loss')
    model.parse_losses(losses)[0].backward()


def difference(model: CVLP, forms: dict) -> float:
    """Compare the gradients of both forms."""
    found = []
    for form in forms.values():
        form()
        grads = [p.grad.flatten() for p in model.parameters() if p.grad is not None]
        found.append(torch.cat(grads).clone())
    plain, ours = found
    return float((plain - ours).norm() / plain.norm())


def main():
    """Parse, measure and print."""
    args = parser(__doc__).parse_args()
    cases = CASES
    if args.quick:
        cases = {'tiny_b16_c4': Case(TINY, 16, 4)}
    title = 'Stage-1 step, whole batch and in chunks'
    made = {name: partial(build, case, args.device) for name, case in cases.items()}
    run(args, __file__, title, made)


if __name__ == '__main__':
    main()
