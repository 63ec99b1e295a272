"""Neighbours and votes, against plain loops."""

import pytest
import torch
import torch.nn.functional as F
from torch.utils._python_dispatch import TorchDispatchMode

from vlltr_mm.utils.nearest_neighbours import nearest_rows, vote


@pytest.mark.parametrize('block_size', [None, 1, 3, 7, 1000])
@pytest.mark.parametrize('k', [1, 5, 40])
def test_nearest_rows_equal_a_full_sort(k, block_size):
    generator = torch.Generator().manual_seed(k)
    feats = F.normalize(torch.randn(11, 6, generator=generator), dim=1)
    bank = F.normalize(torch.randn(31, 6, generator=generator), dim=1)
    plain = [sorted(range(31), key=lambda s: -float(feat @ bank[s]))[:k] for feat in feats]
    assert nearest_rows(feats, bank, k, block_size).tolist() == plain


class ProductSizes(TorchDispatchMode):
    """Notes the shape of every matrix product."""

    def __init__(self):
        super().__init__()
        self.sizes = []

    def __torch_dispatch__(self, func, types, args=(), kwargs=None):
        result = func(*args, **(kwargs or {}))
        if func is torch.ops.aten.mm.default:
            self.sizes.append(tuple(result.shape))
        return result


def test_no_product_is_larger_than_a_block(monkeypatch):
    monkeypatch.setattr('vlltr_mm.utils.nearest_neighbours._BLOCK_ELEMENTS', 12)
    with ProductSizes() as mode:
        nearest_rows(torch.ones(3, 2), torch.ones(10, 2), 2)
    assert mode.sizes == [(3, 4), (3, 4), (3, 2)]


def test_vote_gives_ties_to_the_nearer_neighbour():
    labels = torch.tensor([[2, 1, 1, 2, 0], [0, 3, 3, 1, 2], [4, 4, 1, 1, 1]])
    assert vote(labels).tolist() == [2, 3, 1]


def test_vote_equals_counting():
    labels = torch.randint(0, 4, (200, 6), generator=torch.Generator().manual_seed(0))
    plain = [max(row, key=lambda c: (row.count(c), -row.index(c))) for row in labels.tolist()]
    assert vote(labels).tolist() == plain
