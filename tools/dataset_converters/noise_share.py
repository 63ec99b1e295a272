"""How much noise anchor selection lets through on the demo data.

Example: python tools/dataset_converters/noise_share.py \\
    work_dirs/cvlp_tiny_shapes_lt/anchors.json
"""

import argparse

import numpy as np

from vlltr_mm.utils.command_line import input_file, run_tool
from vlltr_mm.utils.files import read_json
from vlltr_mm.utils.validation import check_int, check_list, check_mapping, check_text, shown


def noise_share(anchors_file: str, noise_file: str) -> dict[str, float]:
    """Compare the share of noise in the corpus and among the anchors.

    Args:
        anchors_file (str): ``anchors.json`` of a stage-1 run.
        noise_file (str): ``noise_sentences.json`` of its data set.

    Returns:
        dict[str, float]: ``corpus``, ``anchors``, and ``chance``: the share
        among the anchors if they were drawn at random; all in percent.

    Raises:
        ValueError: if the files are not of the same data, or not of this form.
    """
    classes = read_json(anchors_file, 'the anchors.json of a stage-1 run')
    noise = read_json(noise_file, 'the noise sentences of each class')
    check_list(classes, anchors_file)
    for place, own in enumerate(check_list(noise, noise_file)):
        for sentence in check_list(own, f'{noise_file}, entry {place}'):
            check_text(sentence, f'{noise_file}, entry {place}')
    if len(classes) != len(noise):
        raise ValueError(
            f'{anchors_file} and {noise_file} do not belong together: {len(classes)} and '
            f'{len(noise)} classes; name the anchors.json of a run on the demo data.'
        )
    for place, own in enumerate(classes):
        _check_class(own, f'{anchors_file}, entry {place}', len(noise))
    rows = [
        (
            s['sentence'] in noise[int(c['index'])],
            s['anchor'],
            sum(t['anchor'] for t in c['sentences']) / len(c['sentences']),
        )
        for c in classes
        for s in c['sentences']
    ]
    bad, chosen, chance = np.array(rows, dtype=float).reshape(-1, 3).T
    if not chosen.any():
        raise ValueError(f'{anchors_file} has no anchor; name that of a stage-1 run.')
    return dict(
        corpus=100 * float(bad.mean()),
        anchors=100 * float((bad * chosen).sum() / chosen.sum()),
        chance=100 * float((bad * chance).sum() / chosen.sum()),
    )


def _check_class(own, where: str, num_classes: int):
    """Check what is written of a class."""
    check_mapping(own, where, ['index', 'sentences'])
    check_int(own['index'], f'{where}, index', 0, num_classes - 1)
    for sentence in check_list(own['sentences'], f'{where}, sentences'):
        check_mapping(sentence, f'{where}, a sentence', ['sentence', 'anchor'])
        check_text(sentence['sentence'], f'{where}, sentence')
        if not isinstance(sentence['anchor'], bool):
            raise ValueError(
                f'{where}, anchor is {shown(sentence["anchor"])}; it must be true or false. '
                'Select the anchors again.'
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
