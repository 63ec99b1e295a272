"""All-gather that carries gradients back to their owners."""

import torch
import torch.distributed as dist
from mmengine.dist import get_world_size
from torch import Tensor

_ADVICE = 'They must be equal on all ranks: set drop_last=True in train_dataloader.'


def _all_gather(local: Tensor) -> Tensor:
    rows = [torch.empty_like(local) for _ in range(dist.get_world_size())]
    dist.all_gather(rows, local.contiguous())
    return torch.cat(rows)


class _GatherSum(torch.autograd.Function):
    """Concatenate over ranks; backward sums over ranks, keeps own rows."""

    @staticmethod
    def forward(ctx, local: Tensor) -> Tensor:
        return _all_gather(local)

    @staticmethod
    def backward(ctx, grad: Tensor) -> Tensor:
        grad = grad.clone(memory_format=torch.contiguous_format)
        dist.all_reduce(grad)
        return grad.chunk(dist.get_world_size())[dist.get_rank()]


def check_equal_rows(local: Tensor):
    """Check that every rank has the same number of rows.

    Backends answer unequal rows with an abort or with wrong numbers. On a GPU
    the check does not wait for the device: it ends the run from there, with
    the same advice.

    Args:
        local (Tensor): (B, ...).

    Raises:
        ValueError: on every rank, if B differs between ranks.
    """
    if get_world_size() == 1:
        return
    counts = _all_gather(torch.full((1,), len(local), device=local.device))
    equal = (counts == counts[0]).all()
    if local.is_cuda:
        torch._assert_async(equal, f'Unequal batch sizes. {_ADVICE}')
    elif not equal:
        raise ValueError(f'The batch sizes of the ranks are {counts.tolist()}. {_ADVICE}')


def gather_rows(local: Tensor) -> Tensor:
    """Concatenate the rows of all ranks, in the order of the ranks.

    Each rank computes the loss of its own rows against the gathered ones. The
    gradient of a row is the sum of what all ranks' losses say of it. Averaged
    over the ranks, as DDP does, parameters then get the gradient of the mean
    of the losses: the one-process gradient of the global batch.

    Args:
        local (Tensor): (B, ...), the same B on every rank.

    Returns:
        Tensor: (B · ranks, ...); ``local`` itself in one process.
    """
    if get_world_size() == 1:
        return local
    return _GatherSum.apply(local) if local.is_floating_point() else _all_gather(local)
