"""Make a light checkpoint whole, or a whole one light.

A light one (default_hooks.checkpoint.trained_only=True) lacks the frozen
weights and the anchors that files have; a whole one needs no other file.

Example: python tools/model_converters/light_checkpoint.py CONFIG \\
    work_dirs/RUN/epoch_10.pth whole.pth --to whole
"""

import argparse

from vlltr_mm.apis import RunOptions, convert_light, load_config
from vlltr_mm.utils.command_line import CfgOptions, input_file, output_file, run_tool


def main():
    """Parse, convert and say what was done."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument('config', help='that trained it')
    parser.add_argument('source', type=input_file, help='the checkpoint')
    parser.add_argument('target', type=output_file, help='the .pth to write')
    parser.add_argument('--to', choices=('light', 'whole'), required=True, help='what to write')
    parser.add_argument(
        '--cfg-options', nargs='+', action=CfgOptions, help='such as another place of a file'
    )
    parser.add_argument('--pretrain-work-dir', help='as in train.py')
    args = parser.parse_args()
    options = RunOptions(cfg_options=args.cfg_options, pretrain_work_dir=args.pretrain_work_dir)
    cfg = load_config(args.config, options)
    print(convert_light(cfg, args.source, args.target, args.to))


if __name__ == '__main__':
    run_tool(main)
