"""What is diverted, by a process of its own."""

import subprocess
import sys

import pytest

SCRIPT = """
import logging, os, subprocess, sys
from vlltr_mm.utils.terminal_output import divert_output
handler = logging.StreamHandler(sys.stdout)  # keeps the stream it found
print('before')
try:
    with divert_output(sys.argv[1]) as terminal:
        print('printed')
        print('warned', file=sys.stderr)
        handler.handle(logging.makeLogRecord(dict(msg='logged')))
        sys.stdout.flush()
        subprocess.run(['echo', 'child'])
        terminal.write('progress ±\\n')
        terminal.flush()
        raise KeyError
except KeyError:
    print('after')
    print('error after', file=sys.stderr)
"""


@pytest.mark.slow
def test_all_but_the_terminal_goes_to_the_file(tmp_path):
    log = tmp_path / 'new' / 'log.txt'
    done = subprocess.run(
        [sys.executable, '-c', SCRIPT, log], capture_output=True, check=True, encoding='utf-8'
    )
    printed = done.stdout.splitlines()
    printed = printed[printed.index('before') :]  # the host may print when it is imported
    assert printed == ['before', 'progress ±', 'after']
    assert done.stderr.splitlines()[-1] == 'error after'
    assert sorted(log.read_text().split()) == ['child', 'logged', 'printed', 'warned']
