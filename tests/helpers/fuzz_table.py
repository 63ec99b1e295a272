"""Fuzz every reader with random seeds and print what came of it; see `make fuzz`."""

import argparse
import multiprocessing
import os
import random
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

import fuzz_readers
import hypothesis
from fuzz_trials import SPECIAL, peak_memory, prepare, try_input

_KINDS = ('refused', 'accepted', 'raw', 'odd', 'hang')
_SHOWN = 5  # faults of a reader that are printed
_STUCK = 120  # seconds without an end of an input; C code does not hear an alarm


def fuzz_reader(name: str, inputs: int, seed: int, report):
    """Give a reader that many inputs and send how it went through a pipe."""
    reader = fuzz_readers.READERS[name]
    counts, faults = Counter(), {}
    with tempfile.TemporaryDirectory() as folder:
        prepare(reader, Path(folder))
        before = peak_memory()

        def judge(content):
            report.send(('input', content if isinstance(content, bytes) else repr(content)))
            outcome = try_input(reader, Path(folder), content)
            counts[outcome.kind] += 1
            if outcome.kind in ('raw', 'odd', 'hang'):
                faults.setdefault(
                    outcome.why[:60], (f'{outcome.kind}: {outcome.why}', repr(content)[:600])
                )

        for content in SPECIAL if reader.file else ():
            judge(content)

        @hypothesis.seed(seed)
        @hypothesis.settings(
            max_examples=max(1, inputs - sum(counts.values())),
            database=None,
            deadline=None,
            phases=[hypothesis.Phase.generate],
            suppress_health_check=list(hypothesis.HealthCheck),
        )
        @hypothesis.given(reader.inputs)
        def run(content):
            judge(content)

        run()
        report.send(('end', (counts, list(faults.values()), peak_memory() - before)))


def watch(name: str, inputs: int, seed: int) -> tuple[Counter, list, int]:
    """Fuzz a reader in a process of its own, which may die or hang."""
    context = multiprocessing.get_context('fork')
    ours, theirs = context.Pipe(duplex=False)
    process = context.Process(target=fuzz_reader, args=(name, inputs, seed, theirs))
    process.start()
    theirs.close()
    last, tried = None, 0
    try:
        while ours.poll(_STUCK):
            kind, value = ours.recv()
            if kind == 'end':
                process.join()
                return value
            last, tried = value, tried + 1
        why = f'hang: no end within {_STUCK} s'
    except EOFError:
        process.join()
        why = f'raw: the process died with code {process.exitcode}'
    process.kill()
    return Counter({why.partition(':')[0]: 1, 'accepted': tried - 1}), [(why, repr(last)[:600])], 0


def _row(form: str, name: str, counts: Counter, memory: int, start: float) -> str:
    numbers = [counts.total(), *(counts[kind] for kind in _KINDS), memory >> 20]
    return form.format(name, *numbers, f'{time.time() - start:.0f}')


def main() -> int:
    """Fuzz, print the table, return 1 if there was a fault."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('--inputs', type=int, default=400, help='for each reader (default: 400)')
    parser.add_argument('--seed', type=int, default=random.randrange(10**6))
    parser.add_argument('--only', default='', help='readers whose names have this')
    args = parser.parse_args()
    os.environ['OMP_NUM_THREADS'] = '1'
    row = '{:36}' + '{:>9}' * (len(_KINDS) + 3)
    lines = [row.format('reader', 'inputs', *_KINDS, 'MB more', 's')]
    total, largest, began = Counter(), 0, time.time()
    for name in fuzz_readers.READERS:
        if args.only not in name:
            continue
        start = time.time()
        counts, faults, memory = watch(name, args.inputs, args.seed)
        for fault, content in faults[:_SHOWN]:
            print(f'{name}: {fault}\n    {content}', flush=True)
        total, largest = total + counts, max(largest, memory)
        lines.append(_row(row, name, counts, memory, start))
    print('\n'.join([f'Fuzz with --seed {args.seed}', *lines]))
    print(_row(row, 'all', total, largest, began))
    return int(any(total[kind] for kind in ('raw', 'odd', 'hang')))


if __name__ == '__main__':
    sys.exit(main())
