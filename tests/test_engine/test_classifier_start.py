"""The start of a classifier from text, against loops in double precision."""

import math

import pytest
import torch
import torch.nn.functional as F

from vlltr_mm.engine.classifier_start import pull_back, text_start
from vlltr_mm.models import CosineLinearClsHead
from vlltr_mm.structures import FeatureBank

LABELS = [0, 0, 0, 1, 2, 2, 3]


@pytest.fixture
def bank():
    generator = torch.Generator().manual_seed(0)
    feats = 3 + torch.randn(len(LABELS), 5, generator=generator)  # in a cone
    return FeatureBank(feats, torch.tensor(LABELS))


def unit(vector):
    length = math.sqrt(sum(v * v for v in vector))
    return [v / length for v in vector]


def mean(vectors):
    return [sum(values) / len(vectors) for values in zip(*vectors)]


def rows_of(bank, label):
    return [row.double().tolist() for row, own in zip(bank.feats, LABELS) if own == label]


def test_mean_of_the_unit_sentences(bank):
    expected = [unit(mean([unit(row) for row in rows_of(bank, c)])) for c in range(4)]
    torch.testing.assert_close(text_start(bank, 4), torch.tensor(expected))


def test_less_the_mean_of_all_classes(bank):
    means = [mean(rows_of(bank, c)) for c in range(4)]
    center = mean(means)
    expected = [unit([a - b for a, b in zip(row, center)]) for row in means]
    found = text_start(bank, 4, center='global')
    torch.testing.assert_close(found, torch.tensor(expected), atol=1e-5, rtol=1e-5)
    assert not torch.allclose(found, text_start(bank, 4), atol=0.1)


def test_pulled_back_through_the_projection(bank):
    projection = torch.randn(7, 5, generator=torch.Generator().manual_seed(1))  # P (W, D)
    texts = text_start(bank, 4)
    expected = [
        unit([sum(p * t for p, t in zip(row, text)) for row in projection.double().tolist()])
        for text in texts.double().tolist()
    ]
    torch.testing.assert_close(pull_back(texts, projection), torch.tensor(expected))


@pytest.mark.parametrize('scale', [1.0, 25.0, 100.0])
def test_start_logits(bank, scale):
    """s·cos(x, t·Pᵀ); neither labels nor their order depend on s."""
    generator = torch.Generator().manual_seed(2)
    projection, x = torch.randn(7, 5, generator=generator), torch.randn(6, 7, generator=generator)
    texts = text_start(bank, 4)
    head = CosineLinearClsHead(4, 7, scale=scale)
    head.fc.weight.data.copy_(pull_back(texts, projection))
    embedded = x.double() @ projection.double()  # x·P
    products = embedded @ texts.double().T  # (N, C)
    lengths = (texts.double() @ projection.double().T).norm(dim=1)
    expected = scale * products / lengths / x.double().norm(dim=1, keepdim=True)
    logits = head((x,))
    torch.testing.assert_close(logits.double(), expected, atol=1e-4, rtol=1e-5)
    order = (F.normalize(x, dim=1) @ head.fc.weight.T).argsort(dim=1)
    assert torch.equal(logits.argsort(dim=1), order)


def test_nothing_left():
    one = FeatureBank(torch.tensor([[1.0, 2.0]]), torch.tensor([0]), dict(classes=['crane']))
    with pytest.raises(ValueError, match="class 0 'crane' with center='global' .1 of 1 classes"):
        text_start(one, 1, center='global')
    opposite = FeatureBank(torch.tensor([[1.0, 2.0], [-1.0, -2.0]]), torch.tensor([0, 0]))
    with pytest.raises(ValueError, match="class 0 with center='none'"):
        text_start(opposite, 1)


def test_bad_arguments(bank):
    with pytest.raises(ValueError, match="center is 'mean'; allowed are 'none', 'global'"):
        text_start(bank, 4, center='mean')
    with pytest.raises(ValueError, match='Class 4 has no row'):
        text_start(bank, 5)
