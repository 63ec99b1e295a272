"""Train a config and, where they are missing, the stages before it.

Example: python tools/train.py configs/demo/vlltr_tiny_shapes_lt.py
"""

from _arguments import common_parser, run_options

from vlltr_mm.apis import train
from vlltr_mm.utils.command_line import CfgOptions, output_folder, positive, run_tool


def main():
    """Parse and run."""
    parser = common_parser(__doc__)
    parser.add_argument(
        '--resume',
        nargs='?',
        const='auto',
        help='go on from this checkpoint, or from the latest in the work dir; '
        'also in the stage before, where that is half done',
    )
    parser.add_argument('--no-validate', action='store_true', help='skip validation')
    parser.add_argument(
        '--auto-scale-lr',
        action='store_true',
        help='scale the learning rate with the actual batch size',
    )
    parser.add_argument(
        '--no-persistent-workers',
        action='store_true',
        help='start the loader processes anew each epoch',
    )
    parser.add_argument(
        '--pretrain-work-dir',
        type=output_folder,
        help="where the stage before lives or is to be run; paths of the config's model follow",
    )
    parser.add_argument(
        '--pretrain-cfg-options',
        nargs='+',
        action=CfgOptions,
        help='as --cfg-options, for the stage before',
    )
    parser.add_argument(
        '--feature-cache',
        nargs='?',
        const=1,
        type=positive,
        metavar='VIEWS',
        help='train the head on embeddings of the frozen tower that are '
        'stored once, of VIEWS (default: 1) augmented forms of each image',
    )
    args = parser.parse_args()
    train(args.config, run_options(args))


if __name__ == '__main__':
    run_tool(main)
