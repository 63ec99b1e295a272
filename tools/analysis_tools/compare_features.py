"""Train and test heads on stored features, over several draws of a long tail.

FEATURES: files as tools/dataset_converters/import_features.py takes them, or
the folder that it or tools/encode_features.py wrote. Where they are a pool, each
draw takes a long-tailed training set from it, and validation images of what is
left. Of every run the last step is tested. Exit status 1: a run failed.

Example: python tools/analysis_tools/compare_features.py data/pets24.npz \\
    --draws 0 1 2 --root work_dirs/compare/pets24
"""

import argparse
import sys
from pathlib import Path

from vlltr_mm.apis.comparison import check_reference, print_comparison, row_names, write_table
from vlltr_mm.apis.features import FeatureSet, compare_features, import_features, pool_profile
from vlltr_mm.apis.running import find_config
from vlltr_mm.utils.command_line import CfgOptions, not_negative, output_folder, positive, run_tool

ROWS = (
    *('zeroshot', 'ncm', 'knn', 'ce', 'sqrt', 'la', 'cosine-text', 'cosine-text-la'),
    *('lgr', 'lgr-la', 'additive-la'),
)
SUFFIX = '_vit-b32_pets24'


def main():
    """Parse, draw, run, print and write."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument('features', nargs='+', help='files, or one folder')
    parser.add_argument('--draws', type=not_negative, nargs='+', default=[0, 1, 2])
    parser.add_argument('--root', type=output_folder, default='work_dirs/compare/features')
    parser.add_argument(
        '--configs', nargs='+', help='rows (default: those of configs/features for pets24)'
    )
    parser.add_argument(
        '--most',
        type=positive,
        help='training images of the first class (default: all that the '
        'smallest class of the pool has)',
    )
    parser.add_argument(
        '--imbalance', type=float, help='these per image of the last class (default: it gets 2)'
    )
    parser.add_argument('--val-per-class', type=not_negative, default=10, help='at most')
    parser.add_argument(
        '--thresholds', type=positive, nargs=2, help='few below, many above (default: 8 30)'
    )
    parser.add_argument(
        '--reference', metavar='ROW', help='that the others are compared with (default: the first)'
    )
    parser.add_argument(
        '--cfg-options', nargs='+', action=CfgOptions, help='settings of every row: key=value'
    )
    args = parser.parse_args()
    folder = len(args.features) == 1 and Path(args.features[0]).is_dir()
    features = FeatureSet.load(args.features[0]) if folder else import_features(args.features)
    tail = None
    if 'pool' in features.splits:
        val = 0 if 'val' in features.splits else args.val_per_class
        tail = pool_profile(features, most=args.most, imbalance=args.imbalance, val_per_class=val)
    configs = args.configs or [find_config(f'{row}{SUFFIX}') for row in ROWS]
    check_reference(args.reference, row_names(configs))
    comparison = compare_features(
        features, configs, args.draws, args.root, tail, args.thresholds, args.cfg_options
    )
    print_comparison(comparison, unit='draws', reference=args.reference)
    for file in write_table(comparison, args.root, unit='draws', reference=args.reference):
        print(file)
    sys.exit(bool(comparison.failures))


if __name__ == '__main__':
    run_tool(main)
