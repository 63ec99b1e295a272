"""Choose the anchors of stored features again, by another rule or number.

FEATURES: a folder that tools/encode_features.py wrote, with text. The file is for
`anchors=` of a head.

Example: python tools/select_feature_anchors.py data/cifar100_lt_stand-in \\
    data/cifar100_lt_stand-in/anchors_random.safetensors \\
    --selector RandomSelector --num-anchors 16 --skip 80
"""

import argparse

from mmpretrain.registry import TASK_UTILS

from vlltr_mm.apis.features import FeatureSet, choose_anchors, mean_anchors
from vlltr_mm.utils.command_line import not_negative, output_file, positive, run_tool


def main():
    """Parse, choose and write."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument('features', help='the folder')
    parser.add_argument('out', type=output_file, help='the .safetensors file to write')
    parser.add_argument('--num-anchors', type=positive, default=64, help='of each class, at most')
    parser.add_argument(
        '--selector', choices=['AnSS', 'CutOffSelector', 'RandomSelector'], default='AnSS'
    )
    parser.add_argument(
        '--skip', type=not_negative, default=0, help='leave out the first sentences of each class'
    )
    parser.add_argument('--mean', action='store_true', help='keep only the mean of the chosen')
    args = parser.parse_args()
    selector = TASK_UTILS.build(dict(type=args.selector, num_anchors=args.num_anchors))
    anchors = choose_anchors(FeatureSet.load(args.features), selector, args.skip)
    (mean_anchors(anchors) if args.mean else anchors).save(args.out)


if __name__ == '__main__':
    run_tool(main)
