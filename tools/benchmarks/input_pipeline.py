"""What text costs the input pipeline: samples per second, and memory.

1. The training pipeline of the ImageNet-LT recipes with a sentence per image,
   beside the same pipeline without: samples per second of processor time, so
   that other work on the machine does not count; both in turn, medians.
2. Memory of a loader process that draws from a corpus of --sentences
   sentences and 8142 classes, beside a small corpus. "Private" is what cannot
   be dropped or shared (Private_Dirty of /proc/self/smaps_rollup); the pages
   of the mapped files are the page cache's.

Example: python tools/benchmarks/input_pipeline.py --sentences 2000000
"""

import argparse
import multiprocessing
import os
import random
import statistics
import tempfile
import time
from functools import partial
from pathlib import Path

import numpy as np
import torch
from _jpegs import write_images
from mmengine.config import Config
from mmpretrain.registry import DATASETS, TASK_UTILS
from mmpretrain.structures import DataSample
from rich.console import Console
from rich.table import Table
from torch.utils.data import DataLoader, Dataset

from vlltr_mm.datasets import TextCorpus, TextCorpusDataset
from vlltr_mm.datasets.corpus.sources import SourceText

ROOT = Path(__file__).resolve().parents[2]
NUM_CLASSES = 8142
WORDS = (
    'leaf',
    'petal',
    'wing',
    'brown',
    'long',
    'small',
    'found',
    'in',
    'forests',
    'with',
    'a',
    'white',
    'tail',
    'of',
    'the',
    'north',
)


@TASK_UTILS.register_module()
class SyntheticSentences:
    """A given number of sentences, spread evenly over the classes."""

    is_prompts = True

    def __init__(self, total: int):
        self.total = total

    def identity(self, classes) -> dict:
        """Describe what shapes the sentences, for the cache key."""
        return dict(type='SyntheticSentences', total=self.total)

    def read(self, classes) -> SourceText:
        """Draw words, 8 to a sentence."""
        rng = np.random.default_rng(0)
        share = self.total // len(classes)
        drawn = rng.choice(WORDS, (len(classes), share, 8))
        return SourceText([[' '.join(row) for row in own] for own in drawn])


class Labels(Dataset):
    """Samples without images, so that text is all that takes memory."""

    metainfo = dict(classes=[f'class {i}' for i in range(NUM_CLASSES)])

    def __len__(self) -> int:
        return 10**6

    def get_gt_labels(self):
        return np.arange(len(self)) % NUM_CLASSES

    def __getitem__(self, index: int) -> dict:
        sample = DataSample().set_gt_label(index % NUM_CLASSES)
        return dict(inputs=torch.zeros(1), data_samples=sample)


def private_mib() -> float:
    """Return this process's private dirty memory."""
    with open('/proc/self/smaps_rollup') as file:
        for line in file:
            if line.startswith('Private_Dirty:'):
                return int(line.split()[1]) / 1024
    raise RuntimeError('smaps_rollup has no Private_Dirty line')


class Watched(Dataset):
    """Give, with the last sample of a round, the worker's memory."""

    def __init__(self, dataset: Dataset, rounds: int):
        self.dataset, self.rounds = dataset, rounds

    def __len__(self) -> int:
        return self.rounds

    def __getitem__(self, index: int) -> float:
        rng = np.random.default_rng(index)
        for i in rng.integers(0, len(self.dataset), 10_000):
            self.dataset[int(i)]
        return private_mib()


def worker_memory(sentences: int, cache: str) -> tuple:
    """Return a worker's memory after 10,000 and after 100,000 draws, MiB."""
    make = partial(
        TextCorpus, Labels.metainfo['classes'], [SyntheticSentences(sentences)], cache_dir=cache
    )
    # In a process of its own, as an earlier start would have: what building
    # leaves behind in the allocator is not the corpus.
    builder = multiprocessing.get_context('fork').Process(target=make)
    builder.start()
    builder.join()
    os.sync()  # pages still to be written count as the reader's own
    corpus = make()
    loader = DataLoader(
        Watched(TextCorpusDataset(Labels(), corpus), 10),
        num_workers=1,
        collate_fn=lambda batch: batch[0],
    )
    seen = list(loader)
    return len(corpus), seen[0], seen[-1]


def build_datasets(folder: Path) -> dict:
    """Build the recipe's training set with and without text."""
    base = Config.fromfile(ROOT / 'configs/_base_/datasets/imagenet_lt.py')
    images = dict(
        base.train_dataloader.dataset,
        data_root=str(folder),
        class_counts=[1] * 10,
        metainfo=dict(classes=[f'class {i}' for i in range(10)]),
    )
    corpus = dict(sources=[dict(type='PromptTemplates')], cache_dir=str(folder / 'cache'))
    return {'images': DATASETS.build(images), 'images and text': TextCorpusDataset(images, corpus)}


def samples_per_second(datasets: dict, repeats: int) -> dict:
    """Time epochs of the data sets in turn, in this process."""
    rates = {name: [] for name in datasets}
    for repeat in range(repeats + 1):
        for name, dataset in datasets.items():
            torch.manual_seed(repeat)
            random.seed(repeat)
            np.random.seed(repeat)
            started = time.process_time()
            for index in range(len(dataset)):
                dataset[index]
            if repeat:  # the first is the warm-up
                rates[name].append(len(dataset) / (time.process_time() - started))
    return {name: statistics.median(values) for name, values in rates.items()}


def main():
    """Parse, measure and print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument('--sentences', type=int, default=2_000_000)
    parser.add_argument('--images', type=int, default=200)
    parser.add_argument('--repeats', type=int, default=7)
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as root:
        write_images(Path(root), args.images)
        rates = samples_per_second(build_datasets(Path(root)), args.repeats)
        speed = Table('pipeline', 'samples/s', 'ratio')
        for name, rate in rates.items():
            speed.add_row(name, f'{rate:.1f}', f'{rate / rates["images"]:.3f}')
        memory = Table('sentences', 'worker, private MiB: 10,000 draws', '100,000 draws')
        for sentences in (NUM_CLASSES, args.sentences):
            total, first, last = worker_memory(sentences, root)
            memory.add_row(f'{total:,}', f'{first:.1f}', f'{last:.1f}')
    Console().print(speed, memory)


if __name__ == '__main__':
    main()
