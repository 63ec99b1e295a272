"""Make a data set of stored features, of .npz, .npy or .safetensors files.

Usual names are found: train_feats and train_labels, or those of a pool to draw a
training set from, the same of val and test, text_feats (a row per class, or
several with text_labels), names. Others are given with --train, --text and so
on; an .npy file goes by its stem. OUT gets a FeatureBank of each, anchors and
class_counts.json, which the configs of configs/features read.

Example: python tools/dataset_converters/import_features.py pets24.npz \\
    --out data/pets24_vit-b32 --seed 0 --val-per-class 10
"""

import argparse

from vlltr_mm.apis.features import FeatureNames, draw_tail, import_features, pool_profile
from vlltr_mm.apis.features.feature_set import SPLITS
from vlltr_mm.utils.command_line import not_negative, output_folder, positive, run_tool
from vlltr_mm.utils.logit_scale import CLIP_MAX


def parse() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument('files', nargs='+', help='.npz, .npy or .safetensors')
    parser.add_argument('--out', type=output_folder, required=True)
    for split in SPLITS:
        parser.add_argument(f'--{split}', nargs=2, metavar=('FEATURES', 'LABELS'))
    parser.add_argument(
        '--text', nargs='+', default=[], metavar='NAME', help='FEATURES, or FEATURES LABELS'
    )
    parser.add_argument('--sentences', help='array of the sentences themselves')
    parser.add_argument('--classes', help='array of class names, or a .txt or .json file of them')
    parser.add_argument(
        '--logit-scale', type=float, default=CLIP_MAX, help="log s (default: CLIP's, log 100)"
    )
    tail = parser.add_argument_group('drawing a long tail from a pool')
    tail.add_argument('--seed', type=not_negative, help='draw with it (default: keep the pool)')
    tail.add_argument('--most', type=positive, help='of the first class (default: the smallest)')
    tail.add_argument('--imbalance', type=float, help='most / last (default: the last gets 2)')
    tail.add_argument('--val-per-class', type=not_negative, default=0, help='of what is left')
    return parser.parse_args()


def main():
    """Parse, read, draw and write."""
    args = parse()
    splits = {split: getattr(args, split) for split in SPLITS if getattr(args, split)}
    names = FeatureNames(splits, args.text, args.classes, args.sentences)
    features = import_features(args.files, names, args.logit_scale)
    if args.seed is not None:
        settings = {key: getattr(args, key) for key in ('most', 'imbalance', 'val_per_class')}
        features = draw_tail(features, pool_profile(features, seed=args.seed, **settings))
    sizes = ', '.join(f'{len(bank)} {name}' for name, bank in features.splits.items())
    print(f'{len(features.classes)} classes, width {features.width}: {sizes}')
    print(*features.save(args.out), sep='\n')


if __name__ == '__main__':
    run_tool(main)
