"""Measure on a GPU what the pages would otherwise assume, in one short run.

Sections run in turn; the JSON file is written anew after every figure, so that
the run may be cut off at any time. A section that fails, is out of time or
lacks a package says so and the others go on. The first sections need torch
alone; what the rest needs beside torch and torchvision prints --list-wheels.
--small is a dry run of everything with tiny sizes, on a CPU too.

Example: python tools/benchmarks/gpu_check.py --json gpu.json
"""

import argparse
import sys
from datetime import datetime, timezone
from pathlib import Path

from _gpu_check.running import Report, Section, run_sections
from _gpu_check.summary import summarise
from _gpu_check.wheels import describe

_ROOT = Path(__file__).resolve().parents[2]


def _step(limit: float, config: str) -> Section:
    return Section('steps', 'step', limit, False, f'a step of {config}', (config,))


def _training(limit: float, function: str, what: str) -> Section:
    return Section('training', function, limit, False, what)


# In the order of what is missed most if time runs out.
SECTIONS = dict(
    device=Section('kernels', 'device', 40, True, 'card, versions, large products'),
    head=Section('kernels', 'head', 130, True, 'language branch: plain, compiled, ours'),
    anss=Section('kernels', 'anss', 30, True, 'scores of anchor selection'),
    nccl=Section('kernels', 'nccl', 40, True, 'a process group of one'),
    decoders=Section('loading', 'decoders', 20, True, 'JPEG decoders'),
    tv_loader=Section('loading', 'torchvision_loader', 40, True, 'a loader of torchvision'),
    loader=Section('loading', 'recipe_loader', 60, False, "the recipe's loader, and forms of it"),
    stage1_r50=_step(45, 'cvlp_r50_imagenet_lt'),
    stage1_vit=_step(45, 'cvlp_vit-b16_imagenet_lt'),
    stage2_r50=_step(30, 'vlltr_r50_imagenet_lt'),
    stage2_vit=_step(30, 'vlltr_vit-b16_imagenet_lt'),
    amp=_training(60, 'mixed_precision', '200 steps with the loss scaler'),
    gradients=_training(40, 'gradients', '16-bit gradients against float32'),
    chunked=_training(60, 'chunked', 'one GPU instead of eight'),
    ddp=_training(30, 'distributed', "a step behind MMEngine's DDP"),
    tests=Section('suite', 'suite', 120, False, 'the tests marked gpu'),
    additive_r50=_step(30, 'additive_r50_imagenet_lt'),
    tuned_r50=_step(45, 'vlltr_r50_inat18'),
    tuned_vit=_step(45, 'vlltr_vit-b16_inat18'),
    tuned_vit_384=_step(45, 'vlltr_vit-b16-384_inat18'),
    ce_r50=_step(30, 'ce_r50_imagenet_lt'),
)


def parse(argv: list[str] | None = None) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument('--section', nargs='+', choices=SECTIONS, help='default: all')
    parser.add_argument('--json', metavar='OUT', help='write the results here')
    parser.add_argument('--small', action='store_true', help='a dry run with tiny sizes')
    parser.add_argument('--device', help="'cuda' or 'cpu'; default: a GPU, with --small any")
    parser.add_argument('--minutes', type=float, default=7, help='for all; default: 7')
    parser.add_argument('--list', action='store_true', help='print the sections and end')
    parser.add_argument('--list-wheels', action='store_true', help='print what they need and end')
    return parser.parse_args(argv)


def main() -> int:
    """Run the sections; the exit status is 0 if all went well."""
    args = parse()
    if args.list:
        for name, section in SECTIONS.items():
            needs = 'torch' if section.bare else 'all  '
            print(f'{name:12} {needs} {section.limit:4.0f} s  {section.what}')
        return 0
    if args.list_wheels:
        print(describe())
        return 0
    if str(_ROOT) not in sys.path:
        sys.path.insert(0, str(_ROOT))  # of a machine where nothing is installed
    device = args.device or _find_device(args.small)
    chosen = {name: SECTIONS[name] for name in args.section or SECTIONS}
    now = datetime.now(timezone.utc).isoformat(timespec='seconds')
    report = Report(args.json, version=1, time=now, device=device, small=args.small)
    good = run_sections(chosen, report, device, args.small, args.minutes)
    print(summarise(report.content))
    return 0 if good else 1


def _find_device(small: bool) -> str:
    """Return the device to measure; without a GPU only the dry run makes sense."""
    import torch

    if torch.cuda.is_available():
        return 'cuda'
    if not small:
        sys.exit('No CUDA device is to be seen; give --small for a dry run on the CPU.')
    return 'cpu'


if __name__ == '__main__':
    sys.exit(main())
