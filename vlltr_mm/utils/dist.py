"""Open a gloo process group where the host can only open one on GPUs; leave any."""

import gc
import logging
import multiprocessing
import os
import signal
import subprocess
import sys
from contextlib import contextmanager

import torch
import torch.distributed as dist


def needs_gloo(launcher: str) -> bool:
    """Whether a distributed run has to do without a GPU."""
    return launcher != 'none' and not torch.cuda.is_available()


def process_rank(launcher: str) -> int:
    """Return the rank of this process, also before it has met the others.

    Args:
        launcher (str): 'none', 'pytorch' or 'slurm'.
    """
    variable = dict(pytorch='RANK', slurm='SLURM_PROCID').get(launcher)
    return int(os.environ.get(variable, 0)) if variable else 0


def init_gloo(launcher: str):
    """Open the default gloo group from the launcher's environment.

    MMEngine's own set-up selects a CUDA device first and so fails on a
    machine without one; it leaves a group that is already open alone.

    Args:
        launcher (str): 'pytorch' (torchrun's variables) or 'slurm'.

    Raises:
        ValueError: if the launcher is none of the two.
    """
    if dist.is_initialized():
        return
    if launcher == 'slurm':
        _slurm_to_torch_env()
    elif launcher != 'pytorch':
        raise ValueError(
            f"launcher is '{launcher}'; without a GPU 'pytorch' and 'slurm' can be used."
        )
    dist.init_process_group('gloo')


@contextmanager
def group_left():
    """End the process at the end of the block, if it belongs to a process group by then.

    The group's threads outlive it, and now and then abort a process that has
    done its work, or has told its error, and ends the usual way. Without a
    group nothing happens. After an error the others are not waited for: they
    notice it by the connections that close.
    """
    status = 0
    try:
        yield
        if dist.is_initialized():
            dist.barrier()  # none leaves while another still waits for what it sent
    except SystemExit as end:
        if not dist.is_initialized():
            raise
        status = _status(end.code)
    except BaseException:
        if not dist.is_initialized():
            raise
        sys.excepthook(*sys.exc_info())
        status = 1
    if dist.is_initialized():
        _leave(status)


def _status(code) -> int:
    """Return the exit status of a SystemExit, whose message is shown as usual."""
    if code is None or isinstance(code, int):
        return code or 0
    sys.stderr.write(f'{code}\n')
    return 1


def _leave(status: int):
    """End the process with a status."""
    gc.collect()  # loaders end their processes
    if hasattr(signal, 'SIGCHLD'):
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)  # torch raises for each that is killed
    for child in multiprocessing.active_children():
        child.kill()  # those of a loader that an error left running
    if status == 0:
        dist.destroy_process_group()
    logging.shutdown()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(status)


def _slurm_to_torch_env():
    """Translate Slurm's variables into those torch reads."""
    env = os.environ
    if 'MASTER_ADDR' not in env:
        hosts = subprocess.run(
            ['scontrol', 'show', 'hostname', env['SLURM_NODELIST']],
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        env['MASTER_ADDR'] = hosts.split()[0]
    env.setdefault('MASTER_PORT', '29500')
    env['WORLD_SIZE'] = env['SLURM_NTASKS']
    env['RANK'] = env['SLURM_PROCID']
    env['LOCAL_RANK'] = env.get('SLURM_LOCALID', '0')
