"""Run sections one after the other, and keep what each of them found.

Nothing but the standard library is imported before a section runs, so that a
section finds out by itself what it lacks.
"""

import gc
import importlib
import json
import os
import signal
import sys
import time
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import NamedTuple


class Section(NamedTuple):
    """A part of the check: a function of a module of this folder.

    limit: seconds after which it is cut off. bare: whether torch and
    torchvision are all it needs. args: of the function, after the context.
    """

    module: str
    function: str
    limit: float
    bare: bool
    what: str
    args: tuple = ()


class TimeUp(Exception):
    """A section has had its time."""


class Report:
    """The results so far, on the disk after every one of them.

    Args:
        path (str, optional): the JSON file. None writes none.
        head (dict): what holds for the whole run.
    """

    def __init__(self, path: str | None, **head):
        self.path = path
        self.content = dict(head, sections={})

    def put(self, section: str, **values):
        """Add values to a section's and write the file anew."""
        self.content['sections'].setdefault(section, {}).update(values)
        if self.path is None:
            return
        beside = f'{self.path}.tmp'
        with open(beside, 'w', encoding='utf-8') as file:
            json.dump(self.content, file, indent=1)
            file.write('\n')
        os.replace(beside, self.path)


class Context(NamedTuple):
    """What a section is given.

    put: adds values to its result, which are kept if it is cut off later.
    """

    device: str
    small: bool
    put: Callable[..., None]

    @property
    def on_gpu(self) -> bool:
        """Whether a CUDA device is measured."""
        return self.device.startswith('cuda')

    @contextmanager
    def noted(self, name: str, **values) -> Iterator[dict]:
        """Keep the values that a block finds, or what ended it early.

        A block without enough memory does not end its section.
        """
        found = dict(values)
        try:
            yield found
        except Exception as error:
            if 'out of memory' not in str(error):
                raise
            found['error'] = 'out of memory'
        finally:
            self.put(**{name: found})


def run_sections(
    sections: dict[str, Section], report: Report, device: str, small: bool, minutes: float
) -> bool:
    """Run sections until the time is up; return whether all went well.

    Args:
        sections (dict[str, Section]): in their order.
        report (Report): gets status, seconds and results of each.
        device (str): 'cuda' or 'cpu'.
        small (bool): sizes for a dry run.
        minutes (float): for all; a section that would begin later is left out.
    """
    end = time.monotonic() + 60 * minutes
    good = True
    for name, section in sections.items():
        left = end - time.monotonic()
        if left < 5:
            report.put(name, status='no time left')
            good = False
            continue
        status = _run(name, section, report, device, small, min(section.limit, left))
        good = good and status == 'ok'
    return good


def _run(name, section, report, device, small, limit) -> str:
    """Run one section; whatever ends it is written down."""
    print(f'{name}: {section.what} ...', flush=True)
    report.put(name, status='running')
    start = time.monotonic()
    context = Context(device, small, lambda **values: report.put(name, **values))
    status, error = 'ok', None
    try:
        # The first section that needs a large package pays for its import.
        module = importlib.import_module(f'{__package__}.{section.module}')
        with _limited(limit):
            getattr(module, section.function)(context, *section.args)
    except TimeUp:
        status = f'cut off after {limit:.0f} s'
    except ImportError as missing:
        status, error = f'needs {missing.name or missing}', str(missing)
    except Exception as fault:  # one section's fault is not the others'
        status = f'failed: {type(fault).__name__}'
        error = ''.join(traceback.format_exception(fault, limit=-6))
    values = dict(status=status, seconds=round(time.monotonic() - start, 1))
    if error:
        values['error'] = error
        print(error, file=sys.stderr, flush=True)
    report.put(name, **values)
    print(f'{name}: {status}, {values["seconds"]} s', flush=True)
    _clean_up()
    return status


@contextmanager
def _limited(seconds: float) -> Iterator[None]:
    """Raise ``TimeUp`` in the main thread when the time is over."""

    def stop(*_):
        raise TimeUp

    before = signal.signal(signal.SIGALRM, stop)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def _clean_up():
    """Give memory back before the next section."""
    gc.collect()
    torch = sys.modules.get('torch')
    if torch is not None and torch.cuda.is_available():
        torch.cuda.empty_cache()
