"""Open a gloo process group where the host can only open one on GPUs."""

import gc
import logging
import os
import subprocess
import sys

import torch
import torch.distributed as dist


def needs_gloo(launcher: str) -> bool:
    """Whether a distributed run has to do without a GPU."""
    return launcher != 'none' and not torch.cuda.is_available()


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


def end_gloo_process():
    """End the process here, successfully, if it belongs to a gloo group.

    The group's threads outlive it where a model was wrapped for distribution,
    and once in a while abort a process that has done its work and ends by
    itself.
    """
    if dist.is_initialized() and dist.get_backend() == 'gloo':
        gc.collect()  # loaders end their processes
        logging.shutdown()
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(0)


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
