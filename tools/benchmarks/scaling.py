"""How the cost of the LGR head and of AnSS grows with each size.

One size at a time is swept, the others stay in the middle. Writes a picture,
and the numbers where --json says; --from draws such numbers again.

Example: python tools/benchmarks/scaling.py --out docs/images/cost.png
"""

import json
import statistics

import anss
import lgr_head
from _cost_plot import plot_cost
from _measure import interleaved, parser, save
from rich.console import Console
from rich.progress import track

HEAD = lgr_head.Case(32, 250, 32, 512, train=True)
ANSS = anss.Case(1000, 8000, 512)
SWEEPS = {
    'LGR head: classes C': (lgr_head, HEAD, 'classes', (125, 250, 500, 1000)),
    'LGR head: anchors M': (lgr_head, HEAD, 'anchors', (8, 16, 32, 64)),
    'LGR head: width D': (lgr_head, HEAD, 'dims', (256, 512, 1024)),
    'AnSS: sentences S': (anss, ANSS, 'sentences', (500, 1000, 2000, 4000)),
    'AnSS: images I': (anss, ANSS, 'images', (4000, 8000, 16_000, 32_000)),
}


def measure(args) -> list:
    """Time all forms of all sizes."""
    rows = []
    for name, (module, middle, field, sizes) in SWEEPS.items():
        for size in track(sizes[:2] if args.quick else sizes, name):
            trial = module.build(middle._replace(**{field: size}), args.device)
            assert trial.difference() <= trial.tolerance
            times = interleaved(trial.forms, args.repeats, args.device)
            rows.append(
                dict(
                    sweep=name,
                    size=size,
                    **{form: statistics.median(own) for form, own in times.items()},
                )
            )
    return rows


def main():
    """Parse, measure and draw."""
    made = parser(__doc__)
    made.add_argument('--out', default='docs/images/cost.png')
    made.add_argument('--from', dest='source', help='a file of --json')
    args = made.parse_args()
    if args.source:
        with open(args.source, encoding='utf-8') as file:
            rows = json.load(file)['rows']
    else:
        rows = measure(args)
        save(args, rows)
    sweeps = {}
    for row in rows:
        sweeps.setdefault(row['sweep'], []).append(row)
    plot_cost(sweeps, args.out)
    Console().print(f'Wrote {args.out}.')


if __name__ == '__main__':
    main()
