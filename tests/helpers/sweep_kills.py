"""Kill both stages and a comparison at many moments, and compare with the unbroken runs.

    OMP_NUM_THREADS=1 PYTHONPATH=. python tests/helpers/sweep_kills.py --moments 30

Every run is a process of its own that SIGKILL ends before its n-th access to a
file (opened to be written, removed, renamed) of corpus, banks, checkpoints,
anchors, features, comparison. With --full nothing is killed: a file takes the
room of the file system that --root is on, such as a tmpfs of 64 MiB, but for a
share of what the runs need; then it is removed and they run again.
"""

import argparse
import os
import runpy
import shutil
import signal
import sys
import tempfile
import time
import traceback
from pathlib import Path

import torch
from repo import REPO
from tiny_runs import write_tiny_runs

import vlltr_mm.apis  # noqa: F401, once for all children

_SETTINGS = """
custom_hooks.append(dict(type='TeacherTextBankHook'))
"""
_BEST = """
default_hooks['checkpoint'] = dict(save_best='accuracy/top1')
"""
_RESUMED = ('state_dict', 'optimizer', 'param_schedulers', 'message_hub')
# How long things took, and when they ran.
_TIMED = (
    'train/time',
    'train/data_time',
    'val/time',
    'val/data_time',
    'test/',
    'time',
    'cfg',
    'experiment_name',
    'data_time',
)
_OUT = Path(tempfile.mkdtemp()) / 'out'  # what the last run said
_watched = []  # folder, accesses left; an audit hook cannot be taken away


def _audit(event, args):
    if not _watched or event not in ('open', 'os.remove', 'os.rename', 'os.mkdir'):
        return
    if event == 'open' and not (isinstance(args[1], str) and set('wax+') & set(args[1])):
        return
    path = str(args[0])
    inside = path.startswith(_watched[0] + '/') and '/20' not in path and '/.run' not in path
    if not inside or path.endswith(('.log', '.lock', '.py')):
        return  # logs and locks are no results
    _watched[1] -= 1
    if len(_watched) > 2:
        with open(_watched[2], 'a') as file:
            file.write(f'{event} {path}\n')
    elif not _watched[1]:
        os.kill(os.getpid(), signal.SIGKILL)


def run_tool(arguments, folder, kill_at=0, log=None):
    """Run a tool in a child; return its exit code, -9 where it was killed."""
    child = os.fork()
    if child:
        return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    code = 1
    try:
        out = os.open(_OUT, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o666)
        os.dup2(out, 1)
        os.dup2(out, 2)
        sys.argv = [str(argument) for argument in arguments]
        sys.path.insert(0, str(Path(sys.argv[0]).parent))
        _watched[:] = [str(folder), kill_at, *([str(log)] if log else [])]
        try:
            runpy.run_path(sys.argv[0], run_name='__main__')
            code = 0
        except SystemExit as end:
            code = end.code if isinstance(end.code, int) else int(end.code is not None)
            print(end.code, flush=True)
        except Exception:
            traceback.print_exc()
    finally:
        os._exit(code)


def commands(root):
    """Return what is run, one after the other: training and a comparison."""
    stage2 = root / 'stage2.py'
    tool = REPO / 'tools/analysis_tools/compare.py'
    splits = ('--cfg-options', 'test_evaluator.thresholds=(5,20)')
    return (
        (REPO / 'tools/train.py', stage2, '--resume', '--feature-cache'),
        (tool, stage2, '--seeds', 0, '--root', root / 'runs/compare', *splits),
    )


def prepare(root):
    """Write data and configs, once: the cache asks when a text was written."""
    if root.exists():
        for made in ('runs', 'cache'):
            shutil.rmtree(root / made, ignore_errors=True)
        return
    root.mkdir(parents=True)
    for path, more in zip(write_tiny_runs(root), (_SETTINGS, _BEST)):
        with open(path, 'a') as file:
            file.write(more)


def results(root):
    """Return path → content of all results; of a checkpoint, what a run goes on with."""
    found = {}
    for path in sorted(root.rglob('*')):
        name = path.relative_to(root).as_posix()
        skipped = '/20' in name or path.suffix in ('.py', '.log', '.lock', '.png')
        if not path.is_file() or skipped or name.startswith('data/') or '/.run' in name:
            continue
        content = path.read_bytes()
        if path.suffix == '.pth':
            content = torch.load(path, weights_only=False)
            content = str([flat(content.get(key)) for key in _RESUMED])
        found[name] = content
    return found


def flat(value):
    """Turn nested containers of tensors into text that differs where a bit does."""
    if isinstance(value, torch.Tensor):
        return value.dtype, tuple(value.shape), value.reshape(-1).view(torch.uint8).tolist()
    if isinstance(value, dict):
        return {key: flat(v) for key, v in value.items() if not str(key).startswith(_TIMED)}
    if isinstance(value, (list, tuple)):
        return [flat(v) for v in value]
    if hasattr(value, 'data') and isinstance(value.data, tuple):  # a log buffer
        return [array.tolist() for array in value.data]
    return value


def kills(root, accesses, moments):
    """Kill one of the runs, and go on with it; yield the access and the exit codes."""
    total = sum(map(len, accesses))
    for i in range(moments):
        prepare(root)
        codes, left = [], 1 + round(i * (total - 1) / (moments - 1))
        for command, own in zip(commands(root), accesses):
            if 0 < left <= len(own):
                moment = own[left - 1]
                codes.append(run_tool(command, root, left))
                assert codes[-1] == -signal.SIGKILL
            left -= len(own)
            codes.append(run_tool(command, root))
        yield moment, codes


def full_disks(root, accesses, moments):
    """Leave too little room, then enough; yield the room and the exit codes."""
    needed = sum(path.stat().st_size for path in root.rglob('*') if path.is_file())
    ballast = root.with_suffix('.ballast')
    for i in range(moments):
        prepare(root)
        codes, said, room = [], [], round(needed * (i + 0.5) / moments)
        with open(ballast, 'wb') as file:
            os.posix_fallocate(file.fileno(), 0, shutil.disk_usage(root).free - room)
        for command in commands(root):
            codes.append(run_tool(command, root))
            if codes[-1]:
                lines = _OUT.read_text(errors='replace').splitlines()
                said += [line for line in lines if 'cannot be written' in line][-1:] or lines[-1:]
                ballast.unlink(missing_ok=True)
                codes.append(run_tool(command, root))
        ballast.unlink(missing_ok=True)
        yield f'with {room / 2**20:.2f} MiB: {said}', codes


def main():
    """Parse the command line, kill and compare."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('--moments', type=int, default=30)
    parser.add_argument('--root', default=None)
    parser.add_argument('--full', action='store_true')
    args = parser.parse_args()
    sys.addaudithook(_audit)
    root = Path(args.root or tempfile.mkdtemp()) / 'run'
    log = root.with_suffix('.accesses')
    accesses = []
    prepare(root)
    for command in commands(root):
        log.unlink(missing_ok=True)
        started = time.time()
        assert run_tool(command, root, log=log) == 0, _OUT.read_text()
        accesses.append(log.read_text().splitlines())
        print(f'{command[0].name}: {len(accesses[-1])} accesses, {time.time() - started:.1f} s')
    expected = results(root)
    survived = 0
    for moment, codes in (full_disks if args.full else kills)(root, accesses, args.moments):
        got = results(root)
        wrong = sorted(name for name in {*got, *expected} if got.get(name) != expected.get(name))
        good = codes.count(0) == 2 and len(codes) > 2 and not wrong
        survived += good
        print('survived' if good else f'LOST {codes} {wrong[:6]}', moment, flush=True)
    print(f'{survived} of {args.moments} survived, equal bit for bit')


if __name__ == '__main__':
    main()
