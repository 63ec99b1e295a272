"""Process groups without a GPU, from each launcher's environment."""

import os
import re
import subprocess
import sys

import pytest
import torch.distributed as dist
from dist_utils import free_port, run_ranks

from vlltr_mm.utils import dist as cpu_dist


def join_by_slurm(rank, world_size, port):
    """Leave the group of the test and open one as Slurm tells."""
    dist.barrier()  # one that leaves early cuts off another that still connects
    dist.destroy_process_group()
    for name in ('RANK', 'WORLD_SIZE', 'LOCAL_RANK'):
        del os.environ[name]
    os.environ.update(
        MASTER_PORT=str(port),
        SLURM_PROCID=str(rank),
        SLURM_NTASKS=str(world_size),
        SLURM_LOCALID=str(rank),
        SLURM_NODELIST='node[1-2]',
    )
    cpu_dist.init_gloo('slurm')
    cpu_dist.init_gloo('slurm')  # an open group is left alone
    gathered = [None] * world_size
    dist.all_gather_object(gathered, (dist.get_rank(), dist.get_backend()))
    return gathered


@pytest.mark.slow
def test_slurm_tasks_form_a_group():
    expected = [(0, 'gloo'), (1, 'gloo')]
    assert run_ranks(join_by_slurm, free_port()) == [expected, expected]


def test_the_first_host_of_the_list_is_the_master(tmp_path, monkeypatch):
    tool = tmp_path / 'scontrol'
    tool.write_text('#!/bin/sh\necho $1 $2 | grep -q "show hostname" && printf "$3-a\\n$3-b\\n"')
    tool.chmod(0o755)
    monkeypatch.setenv('PATH', f'{tmp_path}:{os.environ["PATH"]}')
    for name in ('MASTER_ADDR', 'MASTER_PORT', 'RANK', 'WORLD_SIZE', 'LOCAL_RANK', 'SLURM_LOCALID'):
        monkeypatch.setenv(name, 'x')  # so that it is restored
        monkeypatch.delenv(name)
    monkeypatch.setenv('SLURM_NODELIST', 'node')
    monkeypatch.setenv('SLURM_NTASKS', '4')
    monkeypatch.setenv('SLURM_PROCID', '3')
    cpu_dist._slurm_to_torch_env()
    assert [os.environ[name] for name in ('MASTER_ADDR', 'MASTER_PORT', 'WORLD_SIZE', 'RANK')] == [
        'node-a',
        '29500',
        '4',
        '3',
    ]


LEAVE = """
import atexit, multiprocessing, runpy, sys, time
import torch.distributed as dist
tools = runpy.run_path({file!r})  # without the time to import the package
group_left, init_gloo = tools['group_left'], tools['init_gloo']
with group_left():  # no group: goes on
    pass
with group_left():
    init_gloo('pytorch')
    atexit.register(print, 'ended by itself')
    child = multiprocessing.get_context('fork').Process(target=time.sleep, args=(60,), daemon=True)
    child.start()
    print('done')
    {last}
"""
ERROR = 'if dist.get_rank() == 0: {0}\n    else: dist.barrier()'


def leave(last, world_size):
    """Run ranks that end with a statement; return statuses, outputs and errors."""
    env = dict(os.environ, MASTER_ADDR='127.0.0.1', MASTER_PORT=str(free_port()))
    env.update(WORLD_SIZE=str(world_size), GLOO_SOCKET_IFNAME='lo', OMP_NUM_THREADS='1')
    command = [sys.executable, '-c', LEAVE.format(file=cpu_dist.__file__, last=last)]
    pipes = dict(stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    ranks = [
        subprocess.Popen(command, env=dict(env, RANK=str(rank)), **pipes)
        for rank in range(world_size)
    ]
    ended = [rank.communicate(timeout=120) for rank in ranks]  # the child keeps no pipe open
    return [rank.returncode for rank in ranks], *zip(*ended)


@pytest.mark.slow
def test_ranks_end_with_all_that_they_printed():
    codes, outputs, errors = leave('pass', 2)
    assert codes == [0, 0], errors
    assert [text.splitlines()[-1] for text in outputs] == ['done', 'done']


@pytest.mark.slow
@pytest.mark.parametrize(
    'last, status, told',
    [
        ("raise ValueError('lr is -1')", 1, 'Traceback .*ValueError: lr is -1\n$'),
        ("sys.exit('Refused: lr is -1')", 1, 'Refused: lr is -1\n$'),
        ('sys.exit(3)', 3, '$'),
    ],
)
def test_an_error_ends_a_rank_and_the_one_that_waits_for_it(last, status, told):
    codes, outputs, errors = leave(ERROR.format(last), 2)
    assert codes == [status, 1], errors
    assert re.search(told, errors[0], re.DOTALL)
    assert [text.splitlines()[-1] for text in outputs] == ['done', 'done']


def test_without_a_group_errors_go_on():
    for error in (SystemExit(3), ValueError('x')):
        with pytest.raises(type(error)), cpu_dist.group_left():
            raise error


def test_other_launchers_are_named():
    with pytest.raises(ValueError, match="launcher is 'mpi'"):
        cpu_dist.init_gloo('mpi')


@pytest.mark.parametrize(
    'launcher, gpu, expected',
    [('none', False, False), ('pytorch', False, True), ('slurm', True, False)],
)
def test_gloo_is_for_distributed_runs_without_a_gpu(monkeypatch, launcher, gpu, expected):
    monkeypatch.setattr(cpu_dist.torch.cuda, 'is_available', lambda: gpu)
    assert cpu_dist.needs_gloo(launcher) is expected
