"""Run a function in several gloo processes on this machine."""

import os
import socket
import sys

import torch.distributed as dist
import torch.multiprocessing as mp
from forked import METHOD, start_fresh


def free_port():
    """Find a port that nobody listens on."""
    with socket.socket() as sock:
        sock.bind(('127.0.0.1', 0))
        return sock.getsockname()[1]


def _entry(rank, fn, world_size, port, queue, environment, folder, args):
    start_fresh(environment, folder)
    os.environ.update(
        MASTER_ADDR='127.0.0.1',
        MASTER_PORT=str(port),
        RANK=str(rank),
        LOCAL_RANK=str(rank),
        WORLD_SIZE=str(world_size),
        GLOO_SOCKET_IFNAME='lo',
    )
    dist.init_process_group('gloo', rank=rank, world_size=world_size)
    try:
        queue.put((rank, fn(rank, world_size, *args)))
        dist.barrier()  # one that leaves early cuts off another that still connects
    finally:
        dist.destroy_process_group()
    # On a busy machine torch's threads may abort a process that ends the usual way.
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(0)


def run_ranks(fn, *args, world_size=2):
    """Call ``fn(rank, world_size, *args)`` in ``world_size`` processes.

    Args:
        fn (Callable): a module-level function; what it returns must be made
            of plain Python values or numpy arrays.

    Returns:
        list: the results in the order of the ranks.
    """
    queue = mp.get_context(METHOD).SimpleQueue()
    here = (dict(os.environ), os.getcwd())
    processes = mp.start_processes(
        _entry,
        args=(fn, world_size, free_port(), queue, *here, args),
        nprocs=world_size,
        join=False,
        start_method=METHOD,
    )
    results = dict(queue.get() for _ in range(world_size)) if _wait_first(processes, queue) else {}
    while not processes.join():
        pass
    return [results[rank] for rank in range(world_size)]


def _wait_first(processes, queue):
    """Whether a result came before a process failed."""
    while queue.empty():
        if processes.join(timeout=0.1):
            return not queue.empty()
    return True
