"""The options that the tools share."""

import argparse
import os
from dataclasses import fields

from vlltr_mm.apis import RunOptions
from vlltr_mm.utils.command_line import CfgOptions, output_folder


def common_parser(description: str) -> argparse.ArgumentParser:
    """Make a parser with the options of MMPretrain's own tools."""
    parser = argparse.ArgumentParser(
        description=description, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument('config', help='config file')
    parser.add_argument('--work-dir', type=output_folder, help='where logs and results go')
    parser.add_argument('--amp', action='store_true', help='mixed precision (needs a GPU)')
    parser.add_argument('--no-pin-memory', action='store_true', help='no pinned memory')
    parser.add_argument(
        '--cfg-options',
        nargs='+',
        action=CfgOptions,
        help='settings that replace those of the config: key=value; lists as '
        'key="[a,b]" without white space',
    )
    parser.add_argument(
        '--launcher', choices=['none', 'pytorch', 'slurm'], default='none', help='job launcher'
    )
    parser.add_argument('--local_rank', '--local-rank', type=int, default=0)
    return parser


def run_options(args: argparse.Namespace) -> RunOptions:
    """Collect the parsed options that a run understands."""
    os.environ.setdefault('LOCAL_RANK', str(args.local_rank))
    names = {field.name for field in fields(RunOptions)}
    return RunOptions(**{k: v for k, v in vars(args).items() if k in names})
