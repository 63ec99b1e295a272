"""How much noise anchor selection lets through on the demo data.

Example: python tools/analysis_tools/noise_share.py \\
    work_dirs/cvlp_tiny_shapes_lt/anchors.json
"""
import argparse

from vlltr_mm.apis.shapes_lt import noise_share


def main():
    """Parse and print."""
    parser = argparse.ArgumentParser(
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('anchors', help='anchors.json of a stage-1 run')
    parser.add_argument(
        '--noise', default='data/shapes_lt/noise_sentences.json')
    args = parser.parse_args()
    share = noise_share(args.anchors, args.noise)
    print('Noise sentences: {corpus:.1f} % of the corpus, {anchors:.1f} % of '
          'the anchors ({chance:.1f} % by chance).'.format(**share))


if __name__ == '__main__':
    main()
