"""Banks are the same in any number of processes and batches."""

import numpy as np
import pytest
import torch
from dist_utils import run_ranks
from mmpretrain.models import ClsDataPreprocessor
from mmpretrain.structures import DataSample
from torch import nn

from vlltr_mm.engine.encoding import build_image_bank, build_sentence_bank, pad_tokens

SENTENCES = [[1, 5, 9], [1, 9], [1, 0, 0, 9], [1, 7, 7, 7, 9], [1, 3, 9]]


class Corpus:
    """Five sentences of two classes; 9 ends a text."""

    token_lengths = np.array([len(s) for s in SENTENCES])
    labels = np.array([0, 0, 1, 1, 1])
    fingerprint = 'abc'
    classes = ('a', 'b')

    @staticmethod
    def token_ids(index):
        return torch.tensor(SENTENCES[index])


class Text(nn.Module):
    """Embeds a text as (sum of ids, ids before the end)."""

    embed_dims = 2

    def __init__(self):
        super().__init__()
        self.weight = nn.Parameter(torch.ones(1))
        self.norm = nn.BatchNorm1d(2)

    def forward(self, tokens):
        assert not self.training
        feats = torch.stack([tokens.sum(1), tokens.argmax(1)], dim=1).float()
        return (feats * self.weight,)


class Vision(nn.Module):
    """Embeds an image as (its mean, 1)."""

    def __init__(self):
        super().__init__()
        self.data_preprocessor = ClsDataPreprocessor()

    def extract_feat(self, inputs):
        mean = inputs.mean(dim=(1, 2, 3))
        return (torch.stack([mean, torch.ones_like(mean)], dim=1),)


class Images:
    """Seven constant images, the label is the value."""

    def __len__(self):
        return 7

    def __getitem__(self, index):
        return dict(
            inputs=torch.full((3, 2, 2), index, dtype=torch.uint8),
            data_samples=DataSample().set_gt_label(index),
        )


def banks(rank, world_size):
    """Build both banks in this process."""
    text = build_sentence_bank(Text().train(), Corpus, batch_size=2)
    image = build_image_bank(Vision(), Images(), [6, 1, 3], batch_size=2)
    return (text.feats.numpy(), text.labels.numpy(), image.feats.numpy(), image.labels.numpy())


EXPECTED = [
    [[15, 2], [10, 1], [10, 3], [31, 4], [13, 2]],
    [0, 0, 1, 1, 1],
    [[6, 1], [1, 1], [3, 1]],
    [6, 1, 3],
]


def test_banks_of_one_process():
    for value, wanted in zip(banks(0, 1), EXPECTED):
        np.testing.assert_array_equal(value, wanted)


@pytest.mark.slow
def test_banks_of_two_ranks_are_those_of_one():
    for result in run_ranks(banks):
        for value, wanted in zip(result, EXPECTED):
            np.testing.assert_array_equal(value, wanted)


def test_modes_are_restored():
    model = Text().train()
    model.norm.eval()
    build_sentence_bank(model, Corpus)
    assert model.training and not model.norm.training


def test_batches_are_no_wider_than_their_sentences():
    widths, text = [], Text()
    text.register_forward_pre_hook(lambda _, args: widths.append(tuple(args[0].shape)))
    build_sentence_bank(text, Corpus, batch_size=2)
    assert widths == [(2, 3), (2, 4), (1, 5)]  # by length: 2 3 | 3 4 | 5


def test_padding_keeps_a_zero_token_inside_a_text():
    rows = [torch.tensor([1, 0, 0, 9]), torch.tensor([1, 9, 0, 0, 0, 0])]
    assert pad_tokens(rows).tolist() == [[1, 0, 0, 9], [1, 9, 0, 0]]
