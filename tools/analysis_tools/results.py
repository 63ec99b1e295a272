"""Keep the results of finished runs, and write them into the pages.

configs/metafile.yml holds them; README.md, docs/results.md, configs/README.md
and the headers of the configs tell its numbers.

Of a finished work folder, of a config that is to be trained and tested, or of
a .zip that somebody sent:
  python tools/analysis_tools/results.py add work_dirs/vlltr_r50_imagenet_lt
  python tools/analysis_tools/results.py add configs/vlltr_r50_imagenet_lt.py
After an edit of the metafile, or of a page:
  python tools/analysis_tools/results.py write
  python tools/analysis_tools/results.py check    (exit status 1: they differ)
"""

import argparse
import os.path as osp
import shlex
import sys
from pathlib import Path

from _results import Metafile, add_folder, add_pack, current_commit, stale_files, write_numbers
from mmengine.dist import is_main_process

from vlltr_mm.apis import RunOptions, load_config, train
from vlltr_mm.utils.command_line import output_file, output_folder, run_tool

METAFILE = Path(__file__).parents[2] / 'configs' / 'metafile.yml'


def add(args: argparse.Namespace, metafile: Metafile):
    """Add what was given to the metafile."""
    if args.source.endswith('.zip'):
        return add_pack(args.source, metafile, args.replace), None
    folder, config, command = args.source, args.config, args.command
    options = RunOptions(work_dir=args.work_dir, launcher=args.launcher, resume=args.resume)
    if not osp.isdir(args.source):
        cfg = load_config(args.source, options)
        # What runs is what is checked out now, and what is refused is refused now.
        args.commit = args.commit or current_commit(metafile.configs.parent)
        metafile.check_free(cfg.filename, args.commit, args.replace)
        train(args.source, options)
        folder, config = cfg.work_dir, cfg.filename
        command = command or shlex.join(['python', *sys.argv])
    return add_folder(
        folder,
        metafile,
        config,
        args.checkpoint,
        args.commit,
        command,
        args.replace,
        RunOptions(launcher=args.launcher),
    )


def parse() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        '--metafile', type=output_file, default=METAFILE, help='(default: %(default)s)'
    )
    actions = parser.add_subparsers(dest='action', required=True)
    adding = actions.add_parser('add', help='add a run')
    adding.add_argument('source', help='work folder, config (file or name) or pack (.zip)')
    adding.add_argument('--config', help='which config, where the folder has several')
    adding.add_argument('--checkpoint', help='to test (default: the last one)')
    adding.add_argument('--commit', help='of the code that ran (default: what is checked out)')
    adding.add_argument('--command', help='how it was run')
    adding.add_argument('--replace', action='store_true', help='a result of another commit')
    adding.add_argument('--work-dir', type=output_folder, help='where a config is to run')
    adding.add_argument('--resume', nargs='?', const='auto', help='a config that was cut off')
    adding.add_argument('--launcher', choices=['none', 'pytorch', 'slurm'], default='none')
    actions.add_parser('write', help='list new configs, write the numbers into the pages')
    actions.add_parser('check', help='do the pages tell the numbers of the metafile?')
    return parser.parse_args()


def main():
    """Parse, add, write or check."""
    args = parse()
    metafile = Metafile(args.metafile)
    if args.action == 'check':
        stale = stale_files(metafile)
        sys.exit(f'Other numbers than in {metafile.path}: {stale}' if stale else 0)
    if args.action == 'add':
        result, pack = add(args, metafile)
        print(f'{result["Metrics"]} over seeds {result["Seeds"]}', f'packed: {pack}', sep='\n')
    metafile.list_new()
    if is_main_process():
        metafile.save()
        print(*write_numbers(metafile), sep='\n')


if __name__ == '__main__':
    run_tool(main)
