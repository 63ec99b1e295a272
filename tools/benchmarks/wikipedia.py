"""Articles per second and peak memory of making a corpus of a dump of a wiki.

Example: python tools/benchmarks/wikipedia.py --articles 10000 --classes 1000 10000
"""

import argparse
import bz2
import multiprocessing
import random
import resource
import tempfile
import time
from pathlib import Path

from vlltr_mm.apis.wikipedia import FileSource, make_wiki_texts
from vlltr_mm.utils.command_line import positive, run_tool

_STREAM = 100  # pages, as in Wikipedia's own dumps


def _article(number: int, words: list[str], draw: random.Random) -> str:
    """Return about 5 kB of wikitext, escaped as in a dump."""
    text = [f"{{{{Infobox\n| name = A{number}\n}}}}\n'''A{number}''' is a {words[number % 99]}."]
    for _ in range(4):
        text.append(f'\n\n== {draw.choice(words)} ==\n')
        for _ in range(9):
            own = draw.choices(words, k=12)
            own[3] = f'[[{own[3]}|{own[4]}]]'
            text.append(f'{" ".join(own)}.&lt;ref&gt;{{{{cite web|title={own[1]}}}}}&lt;/ref&gt; ')
    return ''.join(text)


def write_dump(path: Path, count: int, seed: int = 0) -> Path:
    """Write a multistream dump of articles A0, A1, … and its index; return the index."""
    draw = random.Random(seed)
    words = [
        ''.join(draw.choices('abcdefghiklmnoprstuvw', k=draw.randint(2, 10))) for _ in range(3000)
    ]
    index = path.with_name('index.txt')
    with open(path, 'wb') as dump, open(index, 'w', encoding='utf-8') as lines:
        dump.write(bz2.compress(b'<mediawiki><siteinfo></siteinfo>\n'))
        for start in range(0, count, _STREAM):
            numbers = range(start, min(count, start + _STREAM))
            lines.writelines(f'{dump.tell()}:{n + 1}:A{n}\n' for n in numbers)
            pages = (
                f'<page><title>A{n}</title><ns>0</ns><id>{n + 1}</id><revision><id>{n + 9}</id>'
                f'<text>{_article(n, words, draw)}</text></revision></page>\n'
                for n in numbers
            )
            dump.write(bz2.compress(''.join(pages).encode()))
        dump.write(bz2.compress(b'</mediawiki>\n'))
    return index


def _measure(queue, dump: str, index: str | None, count: int, workers: int, out: str):
    """Make a corpus of some classes; tell seconds and the peaks of memory, MiB."""
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    started = time.perf_counter()
    names = [f'A{number}' for number in range(count)]
    make_wiki_texts(names, FileSource([dump], True, index), out, num_workers=workers)
    seconds = time.perf_counter() - started
    own, child = (
        resource.getrusage(who).ru_maxrss
        for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
    )
    queue.put((seconds, (own - before) / 1024, max(0, child - before) / 1024))


def main():
    """Parse, write a dump, and measure each form in a process of its own."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument('--articles', type=positive, default=10_000)
    parser.add_argument('--classes', type=positive, nargs='+', default=[100, 10_000])
    parser.add_argument('--workers', type=positive, default=2)
    args = parser.parse_args()
    fork = multiprocessing.get_context('fork')
    with tempfile.TemporaryDirectory() as folder:
        dump = Path(folder, 'dump.xml.bz2')
        index = write_dump(dump, args.articles)
        print(f'{args.articles} articles, {dump.stat().st_size / 2**20:.1f} MiB packed')
        for classes in args.classes:
            for name, path in (('without index', None), ('with index', str(index))):
                queue, out = fork.SimpleQueue(), f'{folder}/{classes}-{name}'
                process = fork.Process(
                    target=_measure, args=(queue, str(dump), path, classes, args.workers, out)
                )
                process.start()
                seconds, own, child = queue.get()
                process.join()
                print(
                    f'{classes:6} classes, {name:13}: {seconds:6.1f} s, '
                    f'{classes / seconds:7.1f} classes/s, memory +{own:.0f} MiB, '
                    f'of a reading process +{child:.0f} MiB'
                )


if __name__ == '__main__':
    run_tool(main)
