"""Logits averaged over crops, against loops."""

import math

import pytest
import torch

from vlltr_mm.engine import CropEnsembleHook
from vlltr_mm.engine.hooks.crop_ensemble_hook import average_crops


@pytest.fixture
def logits():
    return 4 * torch.randn(3, 5, 4, generator=torch.Generator().manual_seed(0))  # (N, K, C)


def test_mean_of_logits(logits):
    rows = logits.double().tolist()
    expected = [[sum(z[c] for z in crops) / 5 for c in range(4)] for crops in rows]
    torch.testing.assert_close(average_crops(logits), torch.tensor(expected))


def test_mean_of_scores(logits):
    for crops, found in zip(logits.double().tolist(), average_crops(logits, 'scores')):
        scores = []
        for z in crops:
            total = sum(math.exp(v) for v in z)
            scores.append([math.exp(v) / total for v in z])
        expected = [sum(s[c] for s in scores) / 5 for c in range(4)]
        torch.testing.assert_close(found.softmax(dim=0), torch.tensor(expected))


@pytest.mark.parametrize('average', ['logits', 'scores'])
def test_equal_crops_change_no_score(logits, average):
    one = logits[:, 0]
    same = one.unsqueeze(1).expand(-1, 5, -1)
    torch.testing.assert_close(average_crops(same, average).softmax(1), one.softmax(1))
    order = torch.randperm(5, generator=torch.Generator().manual_seed(1))
    torch.testing.assert_close(
        average_crops(logits[:, order], average), average_crops(logits, average)
    )


def test_the_means_differ(logits):
    assert not torch.allclose(
        average_crops(logits).softmax(1), average_crops(logits, 'scores').softmax(1), atol=1e-3
    )


def test_half_precision_is_averaged_in_single(logits):
    half = (logits + 200).half()
    torch.testing.assert_close(average_crops(half), half.float().mean(dim=1))
    assert average_crops(half).dtype == torch.float32


def test_unknown_average():
    with pytest.raises(ValueError, match="average is 'votes'; allowed are 'logits' and 'scores'"):
        CropEnsembleHook(average='votes')
