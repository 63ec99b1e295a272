"""OLTR's attention against its definition, position by position."""

import math

import pytest
import torch

from vlltr_mm.models import OLTRNeck


def maps(size=(3, 2), seed=0):
    generator = torch.Generator().manual_seed(seed)
    return torch.randn(3, 4, *size, generator=generator, dtype=torch.float64)


def filled(**kwargs):
    """Return a neck whose numbers have no pattern."""
    torch.manual_seed(1)
    neck = OLTRNeck(4, 5, map_size=(3, 2), **kwargs).double()
    for tensor in neck.parameters():
        tensor.data.normal_()
    return neck


def softmax(values):
    top = max(values)
    powers = [math.exp(value - top) for value in values]
    return [power / sum(powers) for power in powers]


@torch.no_grad()
def by_loops(neck, x):
    """The feature of one map (d, H, W), from the equations."""
    part, pixels = neck.attention, list(x.flatten(1).unbind(1))
    query, key, value = (
        [conv.weight[:, :, 0, 0] @ pixel + conv.bias for pixel in pixels]
        for conv in (part.query, part.key, part.value)
    )
    worth = softmax((part.spatial.weight @ x.flatten() + part.spatial.bias).tolist())
    changed = []
    for i, pixel in enumerate(pixels):
        shares = softmax([float(query[i] @ other) for other in key])
        message = sum(share * other for share, other in zip(shares, value))
        changed.append(pixel + worth[i] * (part.out.weight[:, :, 0, 0] @ message))
    mean = sum(changed) / len(changed)
    return (neck.fc.weight @ mean + neck.fc.bias).clamp(min=0)


def test_equals_loops():
    neck = filled()
    (feats,) = neck((None, maps()))
    expected = torch.stack([by_loops(neck, x) for x in maps()])
    assert (expected > 0).any() and (expected == 0).any()
    torch.testing.assert_close(feats, expected)


def test_starts_as_the_mean_of_the_map():
    """W_m is 0 at the start: with or without attention it is the same."""
    torch.manual_seed(0)
    with_, without = OLTRNeck(4, 5, map_size=(3, 2)), OLTRNeck(4, 5, attention=False)
    without.fc.load_state_dict(with_.fc.state_dict())
    x = maps().float()
    assert torch.equal(with_.attention(x), x)
    assert torch.equal(with_((x,))[0], without((x,))[0])
    assert torch.equal(without((x,))[0], without((x.mean((2, 3)),))[0])
    with_((x,))[0].sum().backward()
    assert with_.attention.out.weight.grad.abs().sum() > 0  # it leaves the start


def test_by_hand():
    """Two pixels 1 and 3, θ 0: M is their mean 2, a is (1/4, 3/4)."""
    neck = OLTRNeck(2, 1, map_size=(1, 2))
    for tensor in neck.parameters():
        tensor.data.zero_()
    neck.attention.value.weight.data.copy_(torch.tensor([1.0, 0.0]).view(1, 2, 1, 1))
    neck.attention.out.weight.data.copy_(torch.tensor([1.0, 0.0]).view(2, 1, 1, 1))
    neck.attention.spatial.bias.data.copy_(torch.tensor([0.0, math.log(3)]))
    neck.fc.weight.data.copy_(torch.tensor([[1.0, 0.0]]))
    x = torch.tensor([[1.0, 3.0], [7.0, 7.0]]).view(1, 2, 1, 2)
    torch.testing.assert_close(neck.attention(x)[0, 0, 0], torch.tensor([1 + 2 / 4, 3 + 2 * 3 / 4]))
    torch.testing.assert_close(neck((x,))[0], torch.tensor([[(1.5 + 4.5) / 2]]))


def test_errors():
    with pytest.raises(ValueError, match=r'\(3, 4, 2, 2\), but map_size is \(3, 2\)'):
        filled()((maps((2, 2)),))
    with pytest.raises(ValueError, match='but in_channels is 6; set in_channels to 4'):
        OLTRNeck(6)((maps().float(),))
    with pytest.raises(ValueError, match='in_channels is 3; attention halves it'):
        OLTRNeck(3)
    with pytest.raises(ValueError, match='map_size is 0'):
        OLTRNeck(4, map_size=0)
