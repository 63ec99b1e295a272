"""A training step of a tuned image tower beside one of the tower trained whole.

CLIP's tower with random weights, float32: forward, backward and AdamW. "Plain"
trains every number, "ours" a tuner's. "Difference" is that of the embeddings
before the first step: none. Memory, beyond what was there, is that of weights,
activations, gradients and the optimizer's moments, which the second table
gives alone.

Example: python tools/benchmarks/tuned_tower.py --case vit-b16_adaptformer
"""

from typing import NamedTuple

import torch
from _measure import Trial, parser, run, save
from rich.console import Console
from rich.table import Table

from vlltr_mm.models import OpenCLIPVisionBackbone

TUNERS = dict(
    adaptformer=dict(type='AdaptFormer', num_classes=1000),
    lora=dict(type='LoRA', num_classes=1000),
    bias=dict(type='BiasTuner'),
    norm=dict(type='BiasTuner', norm_weights=True),
)
TINY = dict(
    embed_dim=32,
    vision_cfg=dict(image_size=32, patch_size=8, layers=2, width=32, head_width=16),
    text_cfg=dict(context_length=77, vocab_size=49408, width=32, heads=2, layers=2),
)


class Case(NamedTuple):
    """An architecture, a tuner by its name above, and the batch."""

    arch: str | dict
    tuner: str
    batch: int


CASES = {
    f'vit-b16_{tuner}': Case('ViT-B-16-quickgelu', tuner, 2)
    for tuner in ('adaptformer', 'lora', 'bias')
}
CASES['rn50_norm'] = Case('RN50-quickgelu', 'norm', 2)
QUICK = {f'tiny_{tuner}': Case(TINY, tuner, 16) for tuner in TUNERS}


class Step:
    """A training step of one tower, which is built when it is first needed."""

    def __init__(self, case: Case, tuner: dict | None, device: str):
        self.case, self.tuner, self.device = case, tuner, device
        self.tower: OpenCLIPVisionBackbone | None = None

    def build(self):
        """Build tower, optimizer and batch."""
        torch.manual_seed(0)
        tower = OpenCLIPVisionBackbone(self.case.arch, norm_eval=True, tuner=self.tuner)
        self.tower = tower.to(self.device).train()
        self.optimizer = torch.optim.AdamW(tower.parameters(), lr=1e-5)
        generator = torch.Generator().manual_seed(0)
        images = torch.randn(self.case.batch, 3, *[tower.img_size] * 2, generator=generator)
        self.images = images.to(self.device)

    def embed(self) -> torch.Tensor:
        """Return the embeddings (N, D)."""
        if self.tower is None:
            self.build()
        return self.tower(self.images)[-1]

    def __call__(self):
        """Take one step."""
        self.embed().square().mean().backward()
        self.optimizer.step()
        self.optimizer.zero_grad()

    def sizes(self) -> dict:
        """Count the trained numbers and the bytes of the optimizer's moments."""
        moments = [t for state in self.optimizer.state.values() for t in state.values()]
        return dict(
            trained=sum(p.numel() for p in self.tower.parameters() if p.requires_grad),
            optimizer_mib=sum(t.nbytes for t in moments) / 2**20,
        )


def build(name: str, case: Case, device: str, sizes: dict) -> Trial:
    """Make the step in both forms; ``sizes`` gets what they count."""
    forms = dict(plain=Step(case, None, device), ours=Step(case, dict(TUNERS[case.tuner]), device))

    def difference() -> float:
        plain, ours = (form.embed().detach() for form in forms.values())
        for form in forms.values():
            form()
        sizes[name] = {key: form.sizes() for key, form in forms.items()}
        return float((plain - ours).abs().max())

    return Trial(forms, difference, tolerance=0)


def main():
    """Parse, measure and print."""
    args = parser(__doc__).parse_args()
    sizes: dict[str, dict] = {}
    made = {
        name: lambda name=name, case=case: build(name, case, args.device, sizes)
        for name, case in (QUICK if args.quick else CASES).items()
    }
    rows = run(args, __file__, 'Training step, tower trained whole and tuned', made)
    if not rows:
        return
    table = Table('case', 'trained, plain', 'trained, ours', 'moments, MiB', 'ours, MiB', 'ratio')
    for row in rows:
        row.update(sizes[row['case']])
        plain, ours = row['plain'], row['ours']
        table.add_row(
            row['case'],
            f'{plain["trained"]:,}',
            f'{ours["trained"]:,}',
            f'{plain["optimizer_mib"]:,.4g}',
            f'{ours["optimizer_mib"]:,.4g}',
            f'{plain["optimizer_mib"] / ours["optimizer_mib"]:,.4g}',
        )
    console = Console()
    console.width = max(console.width, 100)
    console.print(table)
    save(args, rows)


if __name__ == '__main__':
    main()
