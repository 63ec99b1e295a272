"""Convert a checkpoint of the first VL-LTR release, of stage 1 or stage 2.

Example: python tools/model_converters/vlltr_release_to_mm.py \\
    pretrain.pth cvlp_r50.pth --teacher data/clip/RN50.pt
"""

import argparse

from vlltr_mm.apis import convert_release
from vlltr_mm.utils.command_line import input_file, output_file, run_tool


def main():
    """Parse, convert and print what became of what."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument('source', type=input_file, help="the release's file")
    parser.add_argument('target', type=output_file, help='the .pth to write')
    parser.add_argument(
        '--teacher',
        default='student',
        help="stage 1's teacher, which the release does not store: 'student' "
        '(the weights themselves: enough to test or to select anchors), '
        "'none', or the CLIP file it was trained from, which training on "
        'needs (default: %(default)s)',
    )
    args = parser.parse_args()
    print(convert_release(args.source, args.target, args.teacher))


if __name__ == '__main__':
    run_tool(main)
