"""Layers of the perceptron, and their order."""

import pytest
import torch
from mmpretrain.registry import MODELS
from torch import nn


def neck(**kwargs):
    return MODELS.build(dict(type='MLPNeck', in_channels=6, out_channels=2, **kwargs))


@pytest.mark.parametrize('num_layers', [1, 2, 3])
def test_equals_its_layers(num_layers):
    model = neck(num_layers=num_layers, hid_channels=5)
    feats = x = torch.randn(4, 6)
    linear = [layer for layer in model.layers if isinstance(layer, nn.Linear)]
    shapes = [tuple(layer.weight.shape) for layer in linear]
    assert shapes == {
        1: [(2, 6)], 2: [(5, 6), (2, 5)], 3: [(5, 6), (5, 5), (2, 5)]
    }[num_layers]  # fmt: skip
    for layer in linear[:-1]:
        x = (x @ layer.weight.T + layer.bias).clamp(min=0)
    x = x @ linear[-1].weight.T + linear[-1].bias
    torch.testing.assert_close(model((None, feats)), (x,))


def test_norm_stands_before_relu():
    kinds = [type(layer) for layer in neck(norm=True).layers]
    assert kinds == [nn.Linear, nn.BatchNorm1d, nn.ReLU, nn.Linear]


def test_no_layer():
    with pytest.raises(ValueError, match='num_layers is 0'):
        neck(num_layers=0)
