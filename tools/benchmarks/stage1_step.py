"""Where the time of a stage-1 step goes, in the plain form and in ours.

CLIP RN50 at full size with random weights, both towers trained, with a
teacher. Plain: contexts padded to 77, the teacher encodes its sentences, its
tower as open_clip builds it. Ours: contexts cut to the longest sentence of the
batch, the teacher's sentences looked up, its frozen ResNet channels-last. Then
the loss of one of --ranks ranks: all rows of the global batch, or its own.

Example: python tools/benchmarks/stage1_step.py --batch 16 --corpus DIR
"""

import argparse
import os
import statistics
from functools import partial
from unittest import mock

import torch
from _measure import interleaved, machine
from mmpretrain.structures import DataSample
from rich.console import Console
from rich.table import Table
from torch import nn

from vlltr_mm.datasets import TextCorpus
from vlltr_mm.engine.encoding import pad_tokens
from vlltr_mm.models import CVLP, ClassWiseContrastiveLoss, OpenCLIPVisionBackbone
from vlltr_mm.models.losses import classwise_contrastive_loss

ARCH = 'RN50-quickgelu'


def build_model(device: str) -> CVLP:
    """Build stage 1 as the recipes do, without weights."""
    torch.manual_seed(0)
    model = CVLP(
        dict(type='OpenCLIPVisionBackbone', arch=ARCH, norm_eval=True),
        dict(type='OpenCLIPTextBackbone', arch=ARCH),
    )
    return model.to(device).train()


def trained(tower: nn.Module, inputs: torch.Tensor):
    """Run a tower forward and backward."""
    tower(inputs)[-1].square().mean().backward()
    tower.zero_grad(set_to_none=True)


@torch.no_grad()
def frozen(tower: nn.Module, inputs: torch.Tensor):
    """Run a tower forward."""
    tower(inputs)


def loss_rows(feats: torch.Tensor, labels: torch.Tensor, rows: int):
    """Compute L_ccl of the first rows against all, forward and backward."""
    own = feats[:rows].clone().requires_grad_()
    with mock.patch.object(
        classwise_contrastive_loss,
        'gather_rows',
        lambda local: labels if local.ndim == 1 else feats,
    ):
        ClassWiseContrastiveLoss()(own, own, labels[:rows], 50.0).backward()


def cases(args) -> dict:
    """Return for each part of a step its plain form and ours."""
    device = args.device
    model = build_model(device)
    fast_teacher = OpenCLIPVisionBackbone(arch=ARCH, frozen=True).to(device)
    classes = len(os.listdir(args.corpus))
    corpus = TextCorpus(
        [f'class {i}' for i in range(classes)],
        [dict(type='PromptTemplates'), dict(type='WikiTexts', root=args.corpus)],
    )
    drawn = torch.randint(len(corpus), (args.batch,)).tolist()
    ragged = [corpus.token_ids(i) for i in drawn]
    tokens = pad_tokens(ragged).to(device)
    padded = torch.zeros(args.batch, 77, dtype=torch.long, device=device)
    padded[:, : tokens.shape[1]] = tokens
    images = torch.randn(args.batch, 3, 224, 224, device=device)
    model.set_teacher_text_bank(torch.randn(len(corpus), 1024))
    samples = [DataSample(text_index=i) for i in drawn]
    width = args.ranks * args.batch
    feats = nn.functional.normalize(torch.randn(width, 1024, device=device), dim=1)
    labels = torch.randint(classes, (width,), device=device)
    teacher = model.teacher
    same = partial(trained, model.vision_backbone, images)
    return {
        'image tower, forward and backward': (same, same),
        f'text tower, forward and backward ({tokens.shape[1]} of 77 wide)': (
            partial(trained, model.text_backbone, padded),
            partial(trained, model.text_backbone, tokens),
        ),
        "teacher's image tower": (
            partial(frozen, teacher.vision_backbone, images),
            partial(frozen, fast_teacher, images),
        ),
        "teacher's sentences": (
            partial(frozen, teacher.text_backbone, padded),
            partial(model._look_up, samples, images),
        ),
        f'L_ccl of one of {args.ranks} ranks': (
            partial(loss_rows, feats, labels, width),
            partial(loss_rows, feats, labels, args.batch),
        ),
    }


def main():
    """Parse, measure and print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument('--corpus', default='data/cifar100_lt/wiki')
    parser.add_argument('--batch', type=int, default=16)
    parser.add_argument('--ranks', type=int, default=8)
    parser.add_argument('--repeats', type=int, default=5)
    parser.add_argument('--device', default='cuda' if torch.cuda.is_available() else 'cpu')
    args = parser.parse_args()
    table = Table('part of a step', 'plain, ms', 'ours, ms', 'ratio')
    totals = [0.0, 0.0]
    for name, forms in cases(args).items():
        times = interleaved(dict(zip(('plain', 'ours'), forms)), args.repeats, args.device)
        plain, ours = map(statistics.median, times.values())
        totals = [totals[0] + plain, totals[1] + ours]
        add_row(table, name, plain, ours)
    add_row(table, 'all', *totals)
    Console().print(table, machine(args.device))


def add_row(table: Table, name: str, plain: float, ours: float):
    """Write seconds in milliseconds."""
    table.add_row(name, f'{1e3 * plain:.1f}', f'{1e3 * ours:.1f}', f'{plain / ours:.2f}')


if __name__ == '__main__':
    main()
