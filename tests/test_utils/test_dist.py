"""Process groups without a GPU, from each launcher's environment."""

import os
import subprocess
import sys

import pytest
import torch.distributed as dist
from dist_utils import free_port, run_ranks

from vlltr_mm.utils import dist as cpu_dist


def join_by_slurm(rank, world_size, port):
    """Leave the group of the test and open one as Slurm tells."""
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


@pytest.mark.slow
def test_a_process_of_a_group_ends_with_all_that_it_printed():
    code = """
import atexit
from vlltr_mm.utils.dist import end_gloo_process, init_gloo
end_gloo_process()  # no group: goes on
init_gloo('pytorch')
atexit.register(print, 'ended by itself')
print('done')
end_gloo_process()
"""
    env = dict(os.environ, MASTER_ADDR='127.0.0.1', MASTER_PORT=str(free_port()))
    env.update(RANK='0', WORLD_SIZE='1')
    ended = subprocess.run([sys.executable, '-c', code], env=env, capture_output=True, text=True)
    assert ended.returncode == 0, ended.stderr
    assert ended.stdout.splitlines()[-1] == 'done'


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
