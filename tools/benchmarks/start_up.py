"""What vlltr_mm adds to the start of a run: its import, and opening text.

Import times are of fresh processes, the median of --repeats. The corpus is
opened twice, in fresh processes with a cache folder of their own: the first
tokenises, the second must open no text file, which a hook on `open` counts.

Example: python tools/benchmarks/start_up.py
"""

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

from rich.console import Console
from rich.table import Table

_IMPORT = """
import time
start = time.perf_counter()
import mmpretrain, open_clip
host = time.perf_counter()
import mmpretrain.models, mmpretrain.datasets, mmpretrain.evaluation
used = time.perf_counter()
import vlltr_mm
print(host - start, used - host, time.perf_counter() - used)
"""
_CORPUS = """
import sys, time
from vlltr_mm.datasets import TextCorpus
folder, classes = sys.argv[1], int(sys.argv[2])
opened = []
sys.addaudithook(lambda event, args: opened.append(str(args[0]))
                 if event == 'open' else None)
start = time.perf_counter()
corpus = TextCorpus([f'class {i}' for i in range(classes)], [
    dict(type='PromptTemplates'), dict(type='WikiTexts', root=folder)])
seconds = time.perf_counter() - start
texts = sum(name.startswith(folder) for name in opened)
print(seconds, len(corpus), texts)
"""


def run(code: str, *arguments: str, **environment: str) -> list:
    """Run Python code in a fresh process; return the numbers it prints."""
    printed = subprocess.run(
        [sys.executable, '-W', 'ignore', '-c', code, *arguments],
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, **environment},
    ).stdout
    return [float(word) for word in printed.split()[-3:]]


def write_articles(folder: Path, num_classes: int):
    """Write an article of 60 sentences for each class."""
    for index in range(num_classes):
        text = ' '.join(f'Sentence {n} says what class {index} looks like.' for n in range(60))
        (folder / f'desc_{index}.txt').write_text(text)


def main():
    """Parse, measure and print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument('--repeats', type=int, default=5)
    parser.add_argument('--classes', type=int, default=1000)
    args = parser.parse_args()
    table = Table('what', 'seconds', 'text files opened')
    times = zip(*(run(_IMPORT) for _ in range(args.repeats)))
    for name, values in zip(
        (
            'import mmpretrain, open_clip',
            'its models, data sets and metrics, on top',
            'vlltr_mm, on top',
        ),
        times,
    ):
        table.add_row(name, f'{statistics.median(values):.2f}', '')
    with tempfile.TemporaryDirectory() as root:
        texts = Path(root, 'wiki')
        texts.mkdir()
        write_articles(texts, args.classes)
        for name in ('first', 'second'):
            seconds, sentences, opened = run(
                _CORPUS, str(texts), str(args.classes), VLLTR_MM_CACHE=root
            )
            table.add_row(
                f'{name} opening of a corpus of {int(sentences):,} sentences',
                f'{seconds:.2f}',
                str(int(opened)),
            )
    Console().print(table)


if __name__ == '__main__':
    main()
