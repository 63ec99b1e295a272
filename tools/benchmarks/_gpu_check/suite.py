"""The tests marked gpu, in a process of their own."""

import re
import subprocess
import sys

from .measuring import ROOT
from .running import Context

_OUTCOME = re.compile(r'^(\S+::.+?) (PASSED|FAILED|SKIPPED|ERROR)\b')


def suite(context: Context):
    """Run the tests marked ``gpu`` and note the outcome of each as it comes."""
    files = sorted(
        str(path.relative_to(ROOT))
        for path in (ROOT / 'tests').rglob('test_*.py')
        if 'mark.gpu' in path.read_text(encoding='utf-8')
    )
    # Warnings are left alone: packages that were never compiled warn of their own code.
    command = [sys.executable, '-m', 'pytest', '-m', 'gpu', '-vv', '-W', 'default', *files]
    outcomes, lines = {}, []
    with subprocess.Popen(
        command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ) as process:
        try:
            for line in process.stdout:
                lines.append(line)
                if found := _OUTCOME.match(line):
                    outcomes[found[1]] = found[2].lower()
                    context.put(outcomes=outcomes)
        except BaseException:
            process.kill()
            raise
    if process.returncode:
        context.put(output=''.join(lines)[-8000:])
        raise RuntimeError(f'pytest ended with {process.returncode}: see "output"')
