"""How much noise anchor selection lets through on the demo data.

Example: python tools/dataset_converters/noise_share.py \\
    work_dirs/cvlp_tiny_shapes_lt/anchors.json
"""

import argparse

import numpy as np

from vlltr_mm.utils.command_line import input_file, run_tool
from vlltr_mm.utils.files import read_json


def noise_share(anchors_file: str, noise_file: str) -> dict[str, float]:
    """Compare the share of noise in the corpus and among the anchors.

    Args:
        anchors_file (str): ``anchors.json`` of a stage-1 run.
        noise_file (str): ``noise_sentences.json`` of its data set.

    Returns:
        dict[str, float]: ``corpus``, ``anchors``, and ``chance``: the share
        among the anchors if they were drawn at random; all in percent.

    Raises:
        ValueError: if the files are not of the same data.
    """
    classes = read_json(anchors_file, 'the anchors.json of a stage-1 run')
    noise = read_json(noise_file, 'the noise sentences of each class')
    if len(classes) != len(noise) or any('sentences' not in own for own in classes):
        raise ValueError(
            f'{anchors_file} and {noise_file} do not belong together: {len(classes)} and '
            f'{len(noise)} classes; name the anchors.json of a run on the demo data.'
        )
    rows = [
        (
            s['sentence'] in noise[c['index']],
            s['anchor'],
            sum(t['anchor'] for t in c['sentences']) / len(c['sentences']),
        )
        for c in classes
        for s in c['sentences']
    ]
    bad, chosen, chance = np.array(rows, dtype=float).T
    return dict(
        corpus=100 * float(bad.mean()),
        anchors=100 * float((bad * chosen).sum() / chosen.sum()),
        chance=100 * float((bad * chance).sum() / chosen.sum()),
    )


def main():
    """Parse and print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument('anchors', type=input_file, help='anchors.json of a stage-1 run')
    parser.add_argument('--noise', type=input_file, default='data/shapes_lt/noise_sentences.json')
    args = parser.parse_args()
    share = noise_share(args.anchors, args.noise)
    print(
        'Noise sentences: {corpus:.1f} % of the corpus, {anchors:.1f} % of '
        'the anchors ({chance:.1f} % by chance).'.format(**share)
    )


if __name__ == '__main__':
    run_tool(main)
