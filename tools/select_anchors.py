"""Select anchor sentences again, without training.

Another number:     --num-anchors 32
Another rule:       --selector CutOffSelector
Another image set:  --images-from val_dataloader --max-images-per-class 20
"""

import argparse

from mmengine.config import Config

from vlltr_mm.apis import select_anchors


def main():
    """Parse and run."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument('config', help='stage-1 config')
    parser.add_argument('checkpoint', help='stage-1 checkpoint')
    parser.add_argument('out', help='the .safetensors file to write')
    parser.add_argument('--num-anchors', type=int, default=64)
    parser.add_argument(
        '--selector', default='AnSS', choices=['AnSS', 'CutOffSelector', 'RandomSelector']
    )
    parser.add_argument(
        '--images-from',
        choices=['val_dataloader', 'test_dataloader'],
        help="score with this loader's data set instead of the images that "
        "the config's AnSSHook names",
    )
    parser.add_argument(
        '--max-images-per-class', type=int, default=50, help='0 takes all (default: %(default)s)'
    )
    parser.add_argument('--device', help='cuda or cpu')
    args = parser.parse_args()
    cfg = Config.fromfile(args.config)
    select_anchors(
        cfg,
        args.checkpoint,
        args.out,
        selector=dict(type=args.selector, num_anchors=args.num_anchors),
        images=args.images_from and cfg[args.images_from].dataset,
        max_images_per_class=args.max_images_per_class or None,
        device=args.device,
    )


if __name__ == '__main__':
    main()
