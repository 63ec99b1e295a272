"""What the attention costs where a checkpoint says what it sees in images.

Predictions of the same images without and with the sentences attended to, in
turns in one process, after a round that is not counted; medians of processor
time.

Example: python tools/benchmarks/prediction.py CONFIG CHECKPOINT IMAGES --repeats 5
"""

import argparse
import statistics
import time

from vlltr_mm.apis.inference import Predictor, find_images
from vlltr_mm.utils.command_line import checkpoint_file, positive, run_tool

_SENTENCES = (0, 3)


def main():
    """Parse, time, print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument('config', help='config file or its name')
    parser.add_argument('checkpoint', type=checkpoint_file, help='of that config')
    parser.add_argument('images', nargs='+', help='images, folders, or .txt lists of images')
    parser.add_argument('--repeats', type=positive, default=5, help='rounds (5)')
    parser.add_argument('--most', type=positive, default=640, help='images at most (640)')
    args = parser.parse_args()
    predictor = Predictor(args.config, args.checkpoint)
    images = find_images(args.images)[: args.most]
    spent = {number: [] for number in _SENTENCES}
    for _ in range(args.repeats + 1):
        for number, times in spent.items():
            start = time.process_time()
            for _ in predictor(images, num_sentences=number):
                pass
            times.append(time.process_time() - start)
    without, attended = (statistics.median(times[1:]) for times in spent.values())
    print(
        f'{len(images)} images: {without:.3g} s without, {attended:.3g} s with the attention; '
        f'with / without {attended / without:.2f}'
    )


if __name__ == '__main__':
    run_tool(main)
