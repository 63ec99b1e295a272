"""The nearest rows of a bank, and what their labels vote for."""

import torch
from torch import Tensor

_BLOCK_ELEMENTS = 2**24  # cosines in float32, 64 MiB


def nearest_rows(
    feats: Tensor, bank_feats: Tensor, num_neighbours: int, block_size: int | None = None
) -> Tensor:
    """Find the nearest rows of a bank by cosine, a block of rows at a time.

    Args:
        feats (Tensor): (N, D), unit norm.
        bank_feats (Tensor): (S, D), unit norm.
        num_neighbours (int): K; all S where the bank has fewer.
        block_size (int, optional): rows of the bank compared at a time.
            Defaults to None, as many as keep a block of cosines at 64 MiB.

    Returns:
        Tensor: (N, min(K, S)) int64, nearest first.

    Examples:
        >>> nearest_rows(torch.eye(2), torch.eye(2), 1).tolist()
        [[0], [1]]
    """
    block_size = block_size or max(1, _BLOCK_ELEMENTS // max(1, len(feats)))
    best = feats.new_empty(feats.shape[0], 0)  # not len(), which an export would fix
    rows = torch.empty_like(best, dtype=torch.long)
    for start in range(0, len(bank_feats), block_size):
        cosine = feats @ bank_feats[start : start + block_size].T
        value, row = cosine.topk(min(num_neighbours, cosine.shape[1]), dim=1)
        value = torch.cat([best, value], dim=1)
        row = torch.cat([rows, row + start], dim=1)
        best, place = value.topk(min(num_neighbours, value.shape[1]), dim=1)
        rows = row.gather(1, place)
    return rows


def vote(neighbour_labels: Tensor) -> Tensor:
    """Take the most frequent label of each row, ties to the higher rank.

    Args:
        neighbour_labels (Tensor): (N, K) int64, nearest first.

    Returns:
        Tensor: (N,) int64.

    Examples:
        >>> vote(torch.tensor([[2, 1, 1, 2, 0]])).tolist()
        [2]
    """
    same = neighbour_labels.unsqueeze(2) == neighbour_labels.unsqueeze(1)
    votes = same.sum(dim=2)  # (N, K)
    # argmax gives the first maximum only by accident of the kernel: make the
    # nearer neighbour win by a fraction of a vote.
    rank = torch.arange(votes.shape[1], device=votes.device)
    winner = (votes * votes.shape[1] - rank).argmax(dim=1)
    return neighbour_labels.gather(1, winner.unsqueeze(1)).squeeze(1)
