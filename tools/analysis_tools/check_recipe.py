"""Check a config on this machine before a cluster runs it.

Builds the model at full size on the CPU, reads lists and text, puts a few
images through the pipelines, and prints parameter groups, schedule and
memory; also of the stages that would run first. Last comes the cost on paper
of all stages, beside that of the paper's recipe. Exit status 1: a problem.

Example: python tools/analysis_tools/check_recipe.py \\
    configs/vlltr_r50_imagenet_lt.py --gpus 8
"""

import argparse
import sys

from _card import add_card, given_card
from rich.console import Console

from vlltr_mm.apis import RunOptions, check_recipe, print_report
from vlltr_mm.apis.checks import print_paper_cost, recipe_cost
from vlltr_mm.utils.command_line import CfgOptions, positive, run_tool


def main():
    """Parse, check and print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument('config', help='config file')
    parser.add_argument('--gpus', type=positive, default=8, help='of the planned run (default: 8)')
    parser.add_argument(
        '--all-files',
        action='store_true',
        help='look at every image file, not at 2000 of each data set',
    )
    parser.add_argument('--decode', action='store_true', help='open every image file, on all cores')
    parser.add_argument('--all-epochs', action='store_true', help='print every epoch')
    add_card(parser)
    parser.add_argument('--cfg-options', nargs='+', action=CfgOptions)
    parser.add_argument('--pretrain-work-dir')
    parser.add_argument('--pretrain-cfg-options', nargs='+', action=CfgOptions)
    args = parser.parse_args()
    options = RunOptions(
        cfg_options=args.cfg_options,
        pretrain_work_dir=args.pretrain_work_dir,
        pretrain_cfg_options=args.pretrain_cfg_options,
    )
    num_files = None if args.all_files else 2000
    reports = check_recipe(args.config, options, args.gpus, num_files, args.decode)
    for report in reports:
        print_report(report, Console(), 10**6 if args.all_epochs else 12)
    sizes = [d.size for report in reports for d in report.data if 'train' in d.name.split(', ')]
    cost = recipe_cost(args.config, options, (sizes or [None])[-1], args.gpus)
    print_paper_cost(cost, Console(), given_card(args))
    sys.exit(any(report.problems for report in reports))


if __name__ == '__main__':
    run_tool(main)
