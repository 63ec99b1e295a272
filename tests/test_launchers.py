"""The launch scripts: usage, defaults, and as clusters call them: two nodes, and Slurm."""

import json
import os
import re
import subprocess
import sys

import pytest
from dist_utils import free_port
from repo import REPO
from tiny_runs import write_tiny_runs

from vlltr_mm import apis

SRUN = '''#!{python}
"""Do what srun does with a job of several tasks on this machine."""
import json
import os
import subprocess
import sys

args = sys.argv[1:]
start = args.index('{python}')
options, command = args[:start], args[start:]
tasks = int([o for o in options if o.startswith('--ntasks=')][0][9:])
with open('{log}', 'a') as file:
    file.write(json.dumps(options) + '\\n')
running = [
    subprocess.Popen(command, env=dict(
        os.environ, SLURM_PROCID=str(i), SLURM_LOCALID=str(i),
        SLURM_NTASKS=str(tasks), SLURM_NODELIST='node1'))
    for i in range(tasks)
]
sys.exit(max(process.wait() for process in running))
'''


def environment(**more):
    clean = {
        k: v
        for k, v in os.environ.items()
        if k not in ('RANK', 'WORLD_SIZE', 'LOCAL_RANK', 'MASTER_ADDR', 'MASTER_PORT', 'PYTHONPATH')
    }
    ours = dict(PYTHON=sys.executable, OMP_NUM_THREADS='1', GLOO_SOCKET_IFNAME='lo')
    return {**clean, **ours, **more}


def on_two_nodes(script, *args):
    """Run a script once per node, as each machine of a cluster would."""
    port = str(free_port())
    nodes = [
        subprocess.Popen(
            ['bash', f'tools/{script}', *map(str, args)],
            cwd=REPO,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            env=environment(NNODES='2', NODE_RANK=str(rank), PORT=port, MASTER_ADDR='127.0.0.1'),
        )
        for rank in range(2)
    ]
    outputs = [node.communicate(timeout=300)[0] for node in nodes]
    assert [node.returncode for node in nodes] == [0, 0], outputs[0][-3000:]
    return outputs


STUB = """#!/bin/bash
if [ "$1" = -c ]; then echo {gpus}; else printf '%s\\n' "$@"; fi
"""
USAGES = {
    'dist_train.sh': 'CONFIG [GPUS] [options of tools/train.py]',
    'dist_test.sh': 'CONFIG CHECKPOINT [GPUS] [options of tools/test.py]',
    'slurm_train.sh': 'PARTITION JOB_NAME CONFIG WORK_DIR [options of tools/train.py]',
    'slurm_test.sh': 'PARTITION JOB_NAME CONFIG CHECKPOINT [options of tools/test.py]',
}


def script(name, *args, **more):
    """Run a script with the interpreter of ``more``."""
    command = ['bash', f'tools/{name}', *args]
    return subprocess.run(
        command, cwd=REPO, env=environment(**more), capture_output=True, text=True
    )


@pytest.mark.parametrize('name', USAGES)
def test_help_is_the_usage(name):
    for option in ('-h', '--help'):
        done = script(name, option)
        assert (done.returncode, done.stderr) == (0, '')
        assert f'tools/{name} {USAGES[name]}\n' in done.stdout


@pytest.mark.parametrize(
    'name, args, problem',
    [
        ('dist_train.sh', [], 'CONFIG is missing.'),
        ('dist_train.sh', [''], 'CONFIG is missing.'),
        ('dist_train.sh', ['--resume'], 'CONFIG is missing.'),
        ('dist_train.sh', ['a.py', 'b.py'], "GPUS is 'b.py'; give a number from 1 on."),
        ('dist_train.sh', ['a.py', '0'], "GPUS is '0'; give"),
        ('dist_train.sh', ['a.py', ''], "GPUS is ''; give"),
        ('dist_test.sh', ['a.py'], 'CHECKPOINT is missing.'),
        ('dist_test.sh', ['a.py', '--out', 'x'], 'CHECKPOINT is missing.'),
        ('dist_test.sh', ['a.py', 'b.pth', '8x'], "GPUS is '8x'; give"),
        ('slurm_train.sh', ['p', 'j', 'a.py'], 'WORK_DIR is missing.'),
        ('slurm_train.sh', ['p', 'j', 'a.py', ''], 'WORK_DIR is missing.'),
        ('slurm_test.sh', [], 'PARTITION is missing.'),
    ],
)
def test_what_is_missing_is_named_with_the_usage(name, args, problem):
    done = script(name, *args)
    assert (done.returncode, done.stdout) == (2, '')
    assert done.stderr.startswith(f'{name}: {problem}')
    assert USAGES[name] in done.stderr and 'unbound' not in done.stderr


def test_slurm_takes_numbers():
    done = script('slurm_train.sh', 'p', 'j', 'a.py', 'w', GPUS='many')
    assert done.returncode == 2 and "GPUS is 'many'; give a number" in done.stderr


@pytest.mark.parametrize(
    'name, given, gpus, passed',
    [
        ('dist_train.sh', ['a.py'], 4, ['a.py']),
        ('dist_train.sh', ['a.py', '--amp', '--work-dir', 'x y'], 4, None),
        ('dist_train.sh', ['a.py', '2', '--resume', 'x y'], 2, ['a.py', '--resume', 'x y']),
        ('dist_test.sh', ['a.py', 'b.pth'], 4, ['a.py', 'b.pth']),
        ('dist_test.sh', ['a.py', '', '--out', 'c'], 4, ['a.py', '', '--out', 'c']),
        ('dist_test.sh', ['a.py', '', '3'], 3, ['a.py', '']),
    ],
)
def test_all_gpus_are_the_default(tmp_path, name, given, gpus, passed):
    stub = tmp_path / 'python'
    stub.write_text(STUB.format(gpus=4))
    stub.chmod(0o755)
    done = script(name, *given, PYTHON=str(stub))
    assert (done.returncode, done.stderr) == (0, '')
    lines = done.stdout.splitlines()
    assert f'--nproc_per_node={gpus}' in lines
    tool = next(i for i, line in enumerate(lines) if line.endswith('.py') and 'tools/' in line)
    assert lines[tool + 1 :] == [*(passed or given), '--launcher', 'pytorch']


@pytest.mark.slow
def test_two_nodes_of_one_process(tmp_path):
    _, stage2 = write_tiny_runs(tmp_path)
    output, _ = on_two_nodes('dist_train.sh', stage2, 1)
    # 45 samples on 2 ranks: 23 each, in batches of 8, the last one dropped;
    # one process alone would do 5 iterations.
    assert re.search(r'Epoch\(train\)\s+\[2\]\[2/2\]', output)
    checkpoint = tmp_path / 'runs/stage2/epoch_2.pth'
    on_two_nodes('dist_test.sh', stage2, checkpoint, 1, '--out', tmp_path / 'two.json')
    two = json.loads((tmp_path / 'two.json').read_text())
    assert two == pytest.approx(apis.test(stage2, str(checkpoint)), nan_ok=True)


@pytest.mark.slow
def test_slurm_of_two_tasks(tmp_path):
    stage1, _ = write_tiny_runs(tmp_path)
    srun, log = tmp_path / 'bin/srun', tmp_path / 'srun.log'
    srun.parent.mkdir()
    srun.write_text(SRUN.format(python=sys.executable, log=log))
    srun.chmod(0o755)
    env = environment(
        PATH=f'{srun.parent}:{os.environ["PATH"]}',
        GPUS='2',
        GPUS_PER_NODE='1',
        CPUS_PER_TASK='3',
        SRUN_ARGS='--quotatype=auto',
        MASTER_ADDR='127.0.0.1',
        MASTER_PORT=str(free_port()),
    )
    work_dir = tmp_path / 'elsewhere'
    command = ('bash', 'tools/slurm_train.sh', 'part', 'job')
    trained = subprocess.run(
        [*command, stage1, work_dir, '--cfg-options', 'train_cfg.max_epochs=1'],
        cwd=REPO,
        env=env,
        capture_output=True,
        text=True,
    )
    assert trained.returncode == 0, trained.stderr[-3000:]
    assert re.search(r'Epoch\(train\)\s+\[1\]\[2/2\]', trained.stdout + trained.stderr)
    assert (work_dir / 'anchors.safetensors').is_file()
    command = ('bash', 'tools/slurm_test.sh', 'part', 'job')
    tested = subprocess.run(
        [*command, stage1, work_dir / 'epoch_1.pth', '--work-dir', work_dir],
        cwd=REPO,
        env=env,
        capture_output=True,
        text=True,
    )
    assert tested.returncode == 0, tested.stderr[-3000:]
    for line in log.read_text().splitlines():
        options = json.loads(line)
        assert options == [
            '-p',
            'part',
            '--job-name=job',
            '--gres=gpu:1',
            '--ntasks=2',
            '--ntasks-per-node=1',
            '--cpus-per-task=3',
            '--kill-on-bad-exit=1',
            '--quotatype=auto',
        ]
    assert len(log.read_text().splitlines()) == 2
