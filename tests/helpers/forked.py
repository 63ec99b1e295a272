"""Processes that find the package imported: a tool's, one that is killed, a rank's.

A started interpreter takes five seconds of a processor to import ``vlltr_mm``.
These are forked from a server that imported it and did nothing else, so that
no thread and no setting of the tests comes along. A tool still runs in a
process of its own, from its arguments to its exit status.
"""

import multiprocessing
import os
import re
import runpy
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
from host_costs import spare_host_costs
from repo import REPO

METHOD = 'forkserver'
_PRELOADED = ['pytest', 'vlltr_mm.apis', 'vlltr_mm.visualization']
multiprocessing.get_context(METHOD).set_forkserver_preload(_PRELOADED)


def run_tool(*args, cwd=None, killed_at=None, timeout=300):
    """Run ``python ARGS`` to its end.

    Args:
        *args: the script and its arguments.
        cwd (path, optional): Defaults to None, the folder of now.
        killed_at (str, optional): see ``kill_tool``.
        timeout (float): seconds.

    Returns:
        subprocess.CompletedProcess: with all that was printed, as text.
    """
    args = [str(arg) for arg in args]
    with tempfile.TemporaryDirectory() as folder:
        outputs = [str(Path(folder, name)) for name in ('stdout', 'stderr')]
        process = multiprocessing.get_context(METHOD).Process(
            target=_run, args=(args, outputs, dict(os.environ), cwd or os.getcwd(), killed_at)
        )
        process.start()
        process.join(timeout)
        if process.exitcode is None:
            process.kill()
            process.join()
            raise subprocess.TimeoutExpired(args, timeout)
        printed = [Path(file).read_text(encoding='utf-8') for file in outputs]
        return subprocess.CompletedProcess(args, process.exitcode, *printed)


def kill_tool(pattern, *args):
    """Run a tool, and let SIGKILL end it before its first access that matches.

    Args:
        pattern (str): a regular expression for 'open PATH MODE' (of files
            that are written), 'os.remove PATH' or 'os.rename PATH PATH'.
        *args: the tool and its arguments.
    """
    done = run_tool(*args, killed_at=pattern)
    assert done.returncode == -9, f'{args[0]} ended by itself ({done.returncode}): {done.stderr}'


def start_fresh(environment, folder):
    """Make a forked process what a started one would be."""
    spare_host_costs()
    os.environ.clear()
    os.environ.update(environment)
    os.chdir(folder)
    np.random.seed()  # not the state of every other process of the server


def _run(args, outputs, environment, folder, killed_at):
    for number, file in enumerate(outputs, 1):
        os.dup2(os.open(file, os.O_WRONLY | os.O_CREAT), number)
    start_fresh(environment, folder)
    ours = (REPO / 'tests', REPO / 'tools')  # on the path of the tests alone
    others = [path for path in sys.path if not any(map(Path(path).is_relative_to, ours))]
    sys.path[:] = [os.path.dirname(os.path.abspath(args[0])), *others]
    sys.argv = args
    if killed_at:
        sys.addaudithook(_killer(killed_at))
    runpy.run_path(args[0], run_name='__main__')


def _killer(pattern):
    """Return a hook that sees what is asked of the operating system before it is done.

    So the moment is the same on any machine, however fast.
    """

    def watch(event, args):
        if event == 'open' and not (isinstance(args[1], str) and set('wax+') & set(args[1])):
            return
        if event in ('open', 'os.remove', 'os.rename'):
            paths = ' '.join(str(arg) for arg in args[:2])
            if re.search(pattern, f'{event} {paths}'):
                os.kill(os.getpid(), signal.SIGKILL)

    return watch
