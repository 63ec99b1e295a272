"""Merge the tuners of a checkpoint into its towers.

The result is a checkpoint of the same config without tuner, and so goes where
any CLIP goes: other stages, mm_to_open_clip.py. LoRA and BiasTuner can be
merged, AdaptFormer cannot.

Example: python tools/model_converters/merge_tuner.py CONFIG CHECKPOINT merged.pth
"""

import argparse

from mmengine.config import Config

from vlltr_mm.apis import find_config, merge_tuner
from vlltr_mm.utils.command_line import input_file, output_file, run_tool


def main():
    """Parse, merge and print what became of what."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument('config', help='its config')
    parser.add_argument('checkpoint', type=input_file, help='with tuned towers')
    parser.add_argument('target', type=output_file, help='the .pth to write')
    args = parser.parse_args()
    cfg = Config.fromfile(find_config(args.config))
    print(merge_tuner(cfg, args.checkpoint, args.target))


if __name__ == '__main__':
    run_tool(main)
