"""Test a checkpoint. Nothing but the config and the checkpoint is needed.

Example: python tools/test.py CONFIG CHECKPOINT --out metrics.json
A config that trains nothing, such as zero-shot, needs no checkpoint.
"""

import mmengine
from _arguments import common_parser, run_options
from mmengine.dist import master_only

from vlltr_mm.apis import test
from vlltr_mm.utils.dist import end_gloo_process


def main():
    """Parse, run, and write what was asked for."""
    parser = common_parser(__doc__)
    parser.add_argument('checkpoint', nargs='?', help='checkpoint file')
    parser.add_argument('--out', help='file for the results')
    parser.add_argument(
        '--out-item',
        choices=['metrics', 'pred'],
        default='pred',
        help="what goes to --out: 'metrics' (.json) or the predictions "
        "(.pkl, as MMPretrain's analysis tools read them)",
    )
    args = parser.parse_args()
    predictions = args.out if args.out_item == 'pred' else None
    # The launch scripts pass an empty name where there is none.
    metrics = test(args.config, args.checkpoint or None, run_options(args), predictions)
    if args.out and args.out_item == 'metrics':
        master_only(mmengine.dump)(metrics, args.out, indent=2)


if __name__ == '__main__':
    main()
    end_gloo_process()
