"""Select anchor sentences again, without training.

Another number:     --num-anchors 32
Another rule:       --selector CutOffSelector
Another image set:  --images-from val_dataloader --max-images-per-class 20
What is not given is as in the config's AnSSHook that writes a file of the name
of OUT, or else in its first one with images.
"""

import argparse

from mmengine.config import Config

from vlltr_mm.apis import find_config, select_anchors
from vlltr_mm.utils.command_line import (
    checkpoint_file,
    not_negative,
    output_file,
    positive,
    run_tool,
)


def main():
    """Parse and run."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument('config', help='stage-1 config (file or name)')
    parser.add_argument('checkpoint', type=checkpoint_file, help='stage-1 checkpoint')
    parser.add_argument('out', type=output_file, help='the .safetensors file to write')
    parser.add_argument('--num-anchors', type=positive, help='of each class')
    parser.add_argument('--selector', choices=['AnSS', 'CutOffSelector', 'RandomSelector'])
    parser.add_argument(
        '--images-from',
        choices=['train_dataloader', 'val_dataloader', 'test_dataloader'],
        help="score with the images of this loader's data set",
    )
    parser.add_argument('--max-images-per-class', type=not_negative, help='0 takes all')
    parser.add_argument('--device', help='cuda or cpu')
    args = parser.parse_args()
    rule = _given(type=args.selector, num_anchors=args.num_anchors)
    settings = _given(selector=rule or None, images=args.images_from)
    if args.max_images_per_class is not None:
        settings['max_images_per_class'] = args.max_images_per_class or None
    cfg = Config.fromfile(find_config(args.config))
    select_anchors(cfg, args.checkpoint, args.out, args.device, **settings)


def _given(**values) -> dict:
    return {key: value for key, value in values.items() if value is not None}


if __name__ == '__main__':
    run_tool(main)
