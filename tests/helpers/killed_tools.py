"""Run a tool that is killed at an exact moment."""

import os
import subprocess
import sys

from repo import REPO

# What is asked of the operating system is seen before it is done; so the
# moment is the same on any machine, however fast.
_KILLED = """
import os, re, runpy, signal, sys
pattern, sys.argv = sys.argv[1], sys.argv[2:]
sys.path.insert(0, os.path.dirname(sys.argv[0]))

def watch(event, args):
    if event == 'open' and not (isinstance(args[1], str) and set('wax+') & set(args[1])):
        return
    if event in ('open', 'os.remove', 'os.rename'):
        paths = ' '.join(str(arg) for arg in args[:2])
        if re.search(pattern, f'{event} {paths}'):
            os.kill(os.getpid(), signal.SIGKILL)

sys.addaudithook(watch)
runpy.run_path(sys.argv[0], run_name='__main__')
"""


def tool_environment():
    """The environment that tools of this checkout run in."""
    return dict(os.environ, PYTHONPATH=str(REPO), OMP_NUM_THREADS='1')


def run_tool(*args, **kwargs):
    """Run a tool to its end; return a CompletedProcess."""
    return subprocess.run(
        [sys.executable, *map(str, args)], env=tool_environment(), encoding='utf-8', **kwargs
    )


def kill_tool(pattern, *args):
    """Run a tool, and let SIGKILL end it before its first access that matches.

    Args:
        pattern (str): a regular expression for 'open PATH MODE' (of files
            that are written), 'os.remove PATH' or 'os.rename PATH PATH'.
        *args: the tool and its arguments.
    """
    done = run_tool('-c', _KILLED, pattern, *args, timeout=240)
    assert done.returncode == -9, f'{args[0]} ended by itself ({done.returncode})'
