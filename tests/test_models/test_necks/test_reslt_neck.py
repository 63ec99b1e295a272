"""ResLT's block against its definition, and the order of block and mean."""

import pytest
import torch
import torch.nn.functional as F

from vlltr_mm.models import ResLTNeck


def maps(channels=4, size=3, seed=0):
    generator = torch.Generator().manual_seed(seed)
    return torch.randn(5, channels, size, size, generator=generator, dtype=torch.float64)


def filled(**kwargs):
    """Return a neck whose numbers have no pattern."""
    torch.manual_seed(1)
    neck = ResLTNeck(4, **kwargs).double()
    for tensor in (*neck.parameters(), neck.norm.running_mean):
        tensor.data.normal_()
    neck.norm.running_var.uniform_(0.5, 2)
    return neck


def by_loops(neck, x, first):
    """The features of eval mode, branch by branch, pixel by pixel."""
    norm, out = neck.norm, []
    pixels = [x.mean((2, 3))] if first else x.flatten(2).unbind(2)
    for pixel in pixels:
        z = pixel @ neck.conv.weight[:, :, 0, 0].T if neck.conv is not None else pixel.repeat(1, 3)
        z = (z - norm.running_mean) / (norm.running_var + norm.eps).sqrt() * norm.weight + norm.bias
        out.append(z.clamp(min=0) if neck.conv is not None else z)
    return torch.stack(out).mean(0)


@pytest.mark.parametrize('block', ['conv', 'norm'])
@pytest.mark.parametrize('pool', ['last', 'first', 'first_at_test'])
def test_equals_loops(block, pool):
    neck = filled(block=block, pool=pool).eval()
    (feats,) = neck((maps(),))
    assert feats.shape == (5, 12)
    torch.testing.assert_close(feats, by_loops(neck, maps(), first=pool != 'last'))


def test_by_hand():
    """Two pixels 1 and −1: the mean of ReLU is 1/2, ReLU of the mean 0."""
    x = torch.tensor([1.0, -1.0]).view(1, 1, 1, 2)
    for pool, value in (('last', 0.5), ('first', 0.0), ('first_at_test', 0.0)):
        neck = ResLTNeck(1, num_branches=2, pool=pool).eval()
        neck.conv.weight.data.fill_(1.0)
        neck.norm.eps = 0.0
        assert neck((x,))[0].tolist() == [[value, value]], pool


@pytest.mark.parametrize('block', ['conv', 'norm'])
def test_the_order_in_training(block):
    """BatchNorm takes the statistics of pixels, or those of means."""
    last, first, swapped = (
        filled(block=block, pool=pool).train() for pool in ('last', 'first', 'first_at_test')
    )
    torch.testing.assert_close(last((maps(),)), swapped((maps(),)), rtol=0, atol=0)
    assert not torch.allclose(last((maps(),))[0], first((maps(),))[0])
    pooled = maps().mean((2, 3))
    torch.testing.assert_close(filled(block=block).train()((pooled,)), first((maps(),)))


def test_branches_are_apart():
    """Each is a third of the channels: two branches are the first two of three."""
    three, two = filled().train(), filled(num_branches=2).train()
    two.conv.weight.data.copy_(three.conv.weight[:8])
    for name in ('weight', 'bias'):
        getattr(two.norm, name).data.copy_(getattr(three.norm, name)[:8])
    torch.testing.assert_close(two((maps(),))[0], three((maps(),))[0][:, :8])


def test_one_batch_norm_for_each_branch():
    neck = filled(block='norm').train()
    (feats,) = neck((maps(),))
    own = [torch.nn.BatchNorm2d(4).double() for _ in range(3)]
    for index, norm in enumerate(own):
        part = slice(4 * index, 4 * index + 4)
        norm.weight.data.copy_(neck.norm.weight[part])
        norm.bias.data.copy_(neck.norm.bias[part])
        expected = F.adaptive_avg_pool2d(norm(maps()), 1).flatten(1)
        torch.testing.assert_close(feats[:, part], expected)


def test_errors():
    with pytest.raises(ValueError, match=r"pool is 'mean'; allowed are 'last', 'first'"):
        ResLTNeck(4, pool='mean')
    with pytest.raises(ValueError, match=r"block is 'bn'; allowed are 'conv', 'norm'"):
        ResLTNeck(4, block='bn')
    with pytest.raises(ValueError, match=r'\(5, 6, 3, 3\), but in_channels is 4'):
        ResLTNeck(4)((maps(6).float(),))
