"""Scoring sentences for anchor selection, one by one and in blocks.

Plain: a loop over the sentences. Bare: the matrix product of sentences and
images. The last lines say what a large corpus would take at the measured cost
per sentence, image and dimension.

Example: python tools/benchmarks/anss.py --case s4000
"""

from functools import partial
from typing import NamedTuple

import _plain
import torch
from _measure import Trial, parser, run
from torch.nn.functional import normalize

from vlltr_mm.models import AnSS

SCALE = 100.0  # a trained CLIP's
LARGE = dict(sentences=1_000_000, images=115_846)  # ImageNet-LT's images


class Case(NamedTuple):
    """Sizes, and the type of the products."""

    sentences: int = 4000
    images: int = 20_000
    dims: int = 512
    dtype: str | None = None


CASES = dict(
    s1000_i5000=Case(1000, 5000), s4000_i20000=Case(), s4000_i20000_bf16=Case(dtype='bfloat16')
)
# Of L_lin at s = 100: rounding of float32 sums, of bfloat16 cosines.
TOLERANCES = {None: 2e-4, 'bfloat16': 1.2}
CHECKED = 64  # sentences that are compared with the formula


def build(case: Case, device: str) -> Trial:
    """Draw features around the classes' own and make the forms."""
    torch.manual_seed(0)
    classes = torch.randn(100, case.dims)
    labels = [torch.arange(n) % 100 for n in (case.sentences, case.images)]
    feats = [normalize(classes[own] + torch.randn(len(own), case.dims) + 1) for own in labels]
    texts, images = (each.to(device) for each in feats)
    args = (texts, labels[0].to(device), images, labels[1].to(device), SCALE)
    score = AnSS(product_dtype=case.dtype).score
    forms = dict(
        plain=partial(_plain.sentence_scores, *args),
        ours=partial(score, *args),
        bare=lambda: texts @ images.T,
    )

    def difference() -> float:
        some = (texts[:CHECKED], args[1][:CHECKED], *args[2:])
        return float((score(*some) - _plain.sentence_scores(*some)).abs().max())

    return Trial(forms, difference, TOLERANCES[case.dtype])


def main():
    """Parse, measure, print and extrapolate."""
    args = parser(__doc__).parse_args()
    cases = CASES
    if args.quick:
        cases = {
            name: case._replace(sentences=case.sentences // 10, images=case.images // 10)
            for name, case in cases.items()
        }
    rows = run(
        args,
        __file__,
        'AnSS, scores of all sentences',
        {name: partial(build, case, args.device) for name, case in cases.items()},
    )
    for row in rows:
        case = cases[row['case']]
        factor = LARGE['sentences'] * LARGE['images'] / (case.sentences * case.images) / 3600
        print(
            '{}: {sentences:,} sentences, {images:,} images would take '
            '{:.1f} h plain, {:.2f} h ours'.format(
                row['case'], factor * row['plain_s'], factor * row['ours_s'], **LARGE
            )
        )


if __name__ == '__main__':
    main()
