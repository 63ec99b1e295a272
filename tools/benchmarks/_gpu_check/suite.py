"""The tests marked gpu, in a process of their own."""

import subprocess
import sys
import tempfile
import xml.etree.ElementTree as ElementTree
from pathlib import Path

from .measuring import ROOT
from .running import Context


def suite(context: Context):
    """Run the tests marked ``gpu`` and note the outcome of each."""
    files = sorted(
        str(path.relative_to(ROOT))
        for path in (ROOT / 'tests').rglob('test_*.py')
        if 'mark.gpu' in path.read_text(encoding='utf-8')
    )
    context.put(files=files)
    with tempfile.TemporaryDirectory() as folder:
        xml = Path(folder) / 'junit.xml'
        # Warnings are left alone: packages that were never compiled warn of their own code.
        options = ['-m', 'gpu', '-W', 'default', f'--junitxml={xml}']
        command = [sys.executable, '-m', 'pytest', *options, *files]
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
        cases = ElementTree.parse(xml).iter('testcase') if xml.exists() else ()
        outcomes = {f'{c.get("classname")}::{c.get("name")}': _outcome(c) for c in cases}
    context.put(outcomes=outcomes)
    if done.returncode:
        context.put(output=(done.stdout + done.stderr)[-8000:])
        raise RuntimeError(f'pytest ended with {done.returncode}: see "output"')


def _outcome(case: ElementTree.Element) -> str:
    """Return 'passed', 'skipped', 'failure' or 'error'."""
    kinds = [child.tag for child in case if child.tag in ('skipped', 'failure', 'error')]
    return kinds[0] if kinds else 'passed'
