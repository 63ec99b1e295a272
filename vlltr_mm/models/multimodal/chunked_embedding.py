"""Embed a large batch in chunks, with the memory of one chunk."""

import torch
from torch import Tensor, nn
from torch.nn.modules.batchnorm import _BatchNorm
from torch.utils.checkpoint import checkpoint


def embed_in_chunks(tower: nn.Module, inputs: Tensor, chunk_size: int | None) -> Tensor:
    """Embed a batch, keeping activations of one chunk at a time.

    A chunk is embedded without keeping what its backward pass needs, and once
    more when its gradient has come. A loss that compares all samples is then
    computed once, on all embeddings, and the gradients are those of the whole
    batch in one piece, to rounding: the gradient cache of Gao et al. (arXiv
    2101.06983), as checkpointing. There is one backward pass as ever, so that
    mixed precision, loss scalers, DDP's reduction and gradient clipping do
    what they do without chunks. Random numbers (dropout) are the same both
    times.

    Args:
        tower (nn.Module): (N, ...) → ``(..., (N, D))``; every row of its
            output depends on its own row of the input only.
        inputs (Tensor): (N, ...).
        chunk_size (int, optional): rows of a chunk. None takes all at once.

    Returns:
        Tensor: (N, D).
    """
    if chunk_size is None or len(inputs) <= chunk_size:
        return tower(inputs)[-1]
    feats = []
    for chunk in inputs.split(chunk_size):
        # Weights that autocast keeps in half precision would be one for all chunks, whose
        # gradients would then be summed in it; those of GPUs are summed in float32.
        torch.clear_autocast_cache()
        feats.append(checkpoint(_embed, tower, chunk, use_reentrant=False))
    torch.clear_autocast_cache()
    return torch.cat(feats)


def _embed(tower: nn.Module, inputs: Tensor) -> Tensor:
    return tower(inputs)[-1]


def check_rows_apart(towers: nn.Module, chunk_size: int):
    """Refuse BatchNorm that normalises by the batch, which a chunk is not.

    Args:
        towers (nn.Module): in the mode of training.
        chunk_size (int): rows of a chunk, for the message.

    Raises:
        ValueError: with the name of the first such module.
    """
    for name, module in towers.named_modules():
        if isinstance(module, _BatchNorm) and module.training:
            raise ValueError(
                f'{name} ({type(module).__name__}) normalises by the batch, and chunk_size='
                f'{chunk_size} would make it normalise by a chunk, which is another step. Set '
                'norm_eval=True of its tower, as the recipes do, or chunk_size=None.'
            )
