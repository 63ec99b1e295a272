"""What the benchmarks share: time, memory, the machine, the table."""

import argparse
import json
import os
import platform
import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from typing import NamedTuple

import torch
from rich.console import Console
from rich.table import Table

from vlltr_mm.utils.command_line import output_file, positive


class Trial(NamedTuple):
    """The forms of one computation, and how far ours is from the formula.

    forms: 'plain', 'ours' and 'bare' (the products that cannot be avoided);
    any may be missing. tolerance: what the difference may be. items: how many
    sentences a form goes through.
    """

    forms: dict[str, Callable]
    difference: Callable[[], float]
    tolerance: float
    items: int = 0


def seconds(form: Callable, device: str = 'cpu', clock: Callable = time.perf_counter) -> float:
    """Time one call, on a GPU with its own events."""
    if not device.startswith('cuda'):
        start = clock()
        form()
        return clock() - start
    start, end = (torch.cuda.Event(enable_timing=True) for _ in range(2))
    start.record()
    form()
    end.record()
    end.synchronize()
    return start.elapsed_time(end) / 1e3


def interleaved(
    forms: dict[str, Callable],
    repeats: int,
    device: str = 'cpu',
    clock: Callable = time.perf_counter,
) -> dict[str, list[float]]:
    """Time forms in turn, after one call of each, so that all meet the same
    disturbances."""
    for form in forms.values():
        form()
    rounds = [
        {name: seconds(form, device, clock) for name, form in forms.items()} for _ in range(repeats)
    ]
    return {name: [own[name] for own in rounds] for name in forms}


def median_seconds(form: Callable, repeats: int, device: str | None = None) -> float:
    """Return the median time of a call after one to warm up."""
    device = device or ('cuda' if torch.cuda.is_available() else 'cpu')
    return statistics.median(interleaved(dict(form=form), repeats, device)['form'])


def ratio(slow: list[float], fast: list[float]) -> float:
    """Return the median over the rounds of slow / fast."""
    return statistics.median(a / b for a, b in zip(slow, fast))


def peak_mib(form: Callable, device: str) -> dict:
    """Run once and give the peak memory, whole and beyond what was there.

    On a CPU both are of the resident size, which counts what libraries
    allocate too. Its maximum never falls by itself: call this in a fresh
    process; where /proc does not let it reset (Linux does), the inputs must
    have been made without larger temporaries.
    """
    if device.startswith('cuda'):
        torch.cuda.reset_peak_memory_stats()
        before = torch.cuda.memory_allocated()
        form()
        peak = torch.cuda.max_memory_allocated()
    else:
        _reset_max_resident()
        before, _, peak = _max_resident(), form(), _max_resident()
    return dict(peak_mib=peak / 2**20, above_mib=(peak - before) / 2**20)


def _reset_max_resident():
    try:
        with open('/proc/self/clear_refs', 'w', encoding='utf-8') as file:
            file.write('5')
    except OSError:
        pass


def _max_resident() -> int:
    """Read the maximum in bytes; Linux's ru_maxrss includes the parent's."""
    try:
        with open('/proc/self/status', encoding='utf-8') as file:
            line = next(line for line in file if line.startswith('VmHWM'))
        return int(line.split()[1]) * 1024
    except OSError:
        unit = 1 if sys.platform == 'darwin' else 1024
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit


def machine(device: str = 'cpu') -> str:
    """Describe the machine in one line."""
    name = platform.processor() or platform.machine()
    try:
        with open('/proc/cpuinfo', encoding='utf-8') as file:
            name = next(
                line.split(': ')[1].strip() for line in file if line.startswith('model name')
            )
    except (OSError, StopIteration):
        pass
    gpu = f', {torch.cuda.get_device_name()}' if device != 'cpu' else ''
    return (
        f'{name}, {os.cpu_count()} cores, {torch.get_num_threads()} '
        f'threads, torch {torch.__version__}{gpu}'
    )


def parser(doc: str) -> argparse.ArgumentParser:
    """Make a parser with the options of all benchmarks."""
    made = argparse.ArgumentParser(
        description=doc, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    made.add_argument('--quick', action='store_true', help='small sizes')
    made.add_argument('--case', nargs='+', help='names; default: all')
    made.add_argument('--repeats', type=positive, default=5)
    made.add_argument('--no-memory', action='store_true', help='time only')
    made.add_argument(
        '--processor-time',
        action='store_true',
        help='on a CPU, of this process alone: other jobs do not count',
    )
    made.add_argument('--json', type=output_file, metavar='OUT', help='also write results here')
    made.add_argument('--device', default='cuda' if torch.cuda.is_available() else 'cpu')
    made.add_argument('--memory-of', nargs=2, help=argparse.SUPPRESS)
    return made


def run(
    args: argparse.Namespace, script: str, title: str, cases: dict[str, Callable[[], Trial]]
) -> list[dict]:
    """Check, measure and print the chosen cases; see ``parser``."""
    if args.memory_of:  # in a process of its own, below
        name, form = args.memory_of
        print(json.dumps(peak_mib(cases[name]().forms[form], args.device)))
        return []
    rows = []
    for name in args.case or cases:
        rows.append(_measure(args, script, name, cases[name]()))
    table = Table(
        'case',
        'plain, ms',
        'ours, ms',
        'ratio',
        'bare, ms',
        'ours / bare',
        'plain, MiB',
        'ours, MiB',
        'difference',
        title=title,
    )
    table.columns[0].no_wrap = True
    for row in rows:
        table.add_row(
            row['case'],
            _show(row.get('plain_s'), 1e3),
            _show(row['ours_s'], 1e3),
            _show(row.get('ratio')),
            _show(row.get('bare_s'), 1e3),
            _show(row.get('over_bare')),
            _memory(row.get('plain_memory')),
            _memory(row.get('ours_memory')),
            f'{row["difference"]:.0e}',
        )
    console = Console()
    console.width = max(console.width, 118)
    console.print(table, machine(args.device))
    save(args, rows)
    return rows


def save(args: argparse.Namespace, rows: list[dict]):
    """Write the results where --json says."""
    if args.json:
        with open(args.json, 'w', encoding='utf-8') as file:
            json.dump(dict(machine=machine(args.device), rows=rows), file, indent=1)


def _measure(args, script: str, name: str, trial: Trial) -> dict:
    """Check one case, then give its numbers."""
    difference = trial.difference()
    if not difference <= trial.tolerance:
        sys.exit(
            f'{name}: ours differs by {difference:.1e} from the formula, '
            f'more than {trial.tolerance:.1e}.'
        )
    clock = time.process_time if args.processor_time else time.perf_counter
    times = interleaved(trial.forms, args.repeats, args.device, clock)
    row = dict(case=name, difference=difference, items=trial.items)
    row.update({f'{form}_s': statistics.median(own) for form, own in times.items()})
    if 'plain' in times:
        row['ratio'] = ratio(times['plain'], times['ours'])
    if 'bare' in times:
        row['over_bare'] = ratio(times['ours'], times['bare'])
    if not args.no_memory:
        trial.forms.clear()  # frees this process's share first
        for form in set(times) - {'bare'}:
            row[f'{form}_memory'] = _in_fresh_process(args, script, name, form)
    return row


def _in_fresh_process(args, script: str, name: str, form: str) -> dict:
    command = [
        sys.executable,
        script,
        '--memory-of',
        name,
        form,
        '--device',
        args.device,
        *(['--quick'] if args.quick else []),
    ]
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE)
    return json.loads(done.stdout.decode().splitlines()[-1])


def _show(value: float | None, unit: float = 1) -> str:
    return '' if value is None else f'{value * unit:,.4g}'


def _memory(value: dict | None) -> str:
    return '' if value is None else f'{value["peak_mib"]:,.0f} (+{value["above_mib"]:,.0f})'
