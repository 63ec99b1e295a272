"""The text half of a stand-in for CLIP: a vector for every token, solved from class texts."""

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from ...datasets import TextCorpus


def count_tokens(corpus: TextCorpus) -> tuple[np.ndarray, Tensor]:
    """Count the tokens of each class.

    Args:
        corpus (TextCorpus): of C classes.

    Returns:
        tuple[np.ndarray, Tensor]: the T ids that occur, ascending, start and
        end left out; and (C, T), how often each is in a sentence of the class,
        on average.
    """
    found, shares = [], []
    for label in range(len(corpus.classes)):
        tokens = corpus.tokens(label).numpy()  # (n_c, L), zero-padded
        ends = tokens.argmax(axis=1)[:, None]
        places = np.arange(tokens.shape[1])
        inside = tokens[(places > 0) & (places < ends)]
        ids, counts = np.unique(inside, return_counts=True)
        found.append(ids)
        shares.append(torch.from_numpy(counts / len(tokens)).float())
    ids = np.unique(np.concatenate(found))
    table = torch.zeros(len(found), len(ids))
    for row, own, share in zip(table, found, shares):
        row[torch.from_numpy(np.searchsorted(ids, own))] = share
    return ids, table


def solve_token_vectors(counts: Tensor, classes: Tensor, ridge: float) -> Tensor:
    """Return the vector of every token whose sums meet the classes, by ridge regression.

    A class's text is its counts' square roots, each weighted by
    log(C / (1 + the classes that have the token)), brought to norm 1. In the
    dual form the system has C equations, however many tokens there are.

    Args:
        counts (Tensor): (C, T), from ``count_tokens``.
        classes (Tensor): (C, D), where the classes lie.
        ridge (float): > 0, the weight of the vectors' squared norm.

    Returns:
        Tensor: (T, D), weights included: a sentence lies where the sum of its
        tokens' vectors points.
    """
    rarity = torch.log(len(counts) / (1 + (counts > 0).sum(0))).clamp(min=0)
    texts = F.normalize(counts.sqrt() * rarity, dim=1)  # (C, T)
    system = texts @ texts.T + ridge * torch.eye(len(texts))
    return rarity[:, None] * (texts.T @ torch.linalg.solve(system, classes))


@torch.no_grad()
def write_token_vectors(text: nn.Module, ids: np.ndarray, vectors: Tensor, spread: float = 0.02):
    """Make a CLIP text tower of one layer embed a sentence as the mean of its tokens' vectors.

    Attention starts uniform, the MLP and the positions at zero; all of it can
    be trained. LayerNorm would bring every token to one length; two of its W
    dimensions are kept to give all tokens the same mean and variance
    beforehand, so that it changes none of them. Tokens without a vector add
    nothing.

    Args:
        text (nn.Module): open_clip's text tower, W wide, of one layer, into D
            dimensions; changed in place.
        ids (np.ndarray): (T,) the tokens that have a vector.
        vectors (Tensor): (T, D). Of more than W - 2 dimensions those that
            matter most are kept.
        spread (float): standard deviation of an embedding. Defaults to 0.02,
            about CLIP's.

    Raises:
        ValueError: if the tower has not one layer.
    """
    blocks = text.transformer.resblocks
    if len(blocks) != 1:
        raise ValueError(f'The text tower has {len(blocks)} layers; one is written here.')
    block, width = blocks[0], text.token_embedding.weight.shape[1]
    left, sizes, basis = torch.linalg.svd(vectors, full_matrices=False)
    rank = min(width - 2, len(sizes))
    own = left[:, :rank] * sizes[:rank]  # (T, R)
    table = torch.zeros(len(text.token_embedding.weight), rank)
    table[torch.from_numpy(ids.astype(np.int64))] = own
    text.token_embedding.weight.copy_(_even(table, width) * spread)
    text.positional_embedding.zero_()
    _average_tokens(block, rank)
    text.text_projection.zero_()
    text.text_projection[:rank] = basis[:rank]


def _even(table: Tensor, width: int) -> Tensor:
    """Fill rows (V, R) up to (V, W): two numbers give all mean 0 and variance 1."""
    total, square = table.sum(1), table.square().sum(1)
    # The pair a, b has a + b = -total and a² + b² = W - square.
    table = table * (0.9 * width / (square + total.square() / 2).max()).sqrt()
    total, square = table.sum(1), table.square().sum(1)
    root = (2 * (width - square) - total.square()).sqrt()
    filled = torch.zeros(len(table), width)
    filled[:, : table.shape[1]] = table
    filled[:, -2], filled[:, -1] = (root - total) / 2, (-root - total) / 2
    return filled


def _average_tokens(block: nn.Module, rank: int):
    """Let a transformer block add the mean of the first R dimensions, and nothing else."""
    attention, width = block.attn, block.attn.embed_dim
    attention.in_proj_weight[:width] = 0  # queries: every token counts the same
    attention.in_proj_weight[2 * width :] = torch.eye(width)
    attention.in_proj_bias.zero_()
    attention.out_proj.weight.zero_()
    attention.out_proj.weight[:rank, :rank] = torch.eye(rank)
    attention.out_proj.weight[-1, :rank] = -1  # the mean stays 0 for the last LayerNorm
    attention.out_proj.bias.zero_()
    block.mlp.c_proj.weight.zero_()
    block.mlp.c_proj.bias.zero_()
