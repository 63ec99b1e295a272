"""BBN's networks: an ordinary one up to the last block, which is there twice."""

import pytest
import torch
from mmpretrain.models import ResNet

from vlltr_mm.models import BBNCIFARResNet, BBNResNet, CIFARResNet


def count(module):
    return sum(p.numel() for p in module.parameters())


def test_resnet_50():
    whole, plain = BBNResNet(50), ResNet(50)
    assert [len(getattr(whole, f'layer{i}')) for i in (1, 2, 3, 4)] == [3, 4, 6, 2]
    block = plain.layer4[-1]
    assert count(whole.conventional) == count(whole.rebalancing) == count(block) == 4462592
    assert count(whole) == count(plain) + count(block)
    convs = [whole.rebalancing.conv1, whole.rebalancing.conv2, whole.rebalancing.conv3]
    assert [(c.in_channels, c.out_channels, c.stride) for c in convs] == [
        (2048, 512, (1, 1)),
        (512, 512, (1, 1)),
        (512, 2048, (1, 1)),
    ]
    maps = whole.to('meta')(torch.zeros(2, 3, 224, 224, device='meta'))
    assert [tuple(m.shape) for m in maps] == [(2, 2048, 7, 7)] * 2


@pytest.mark.parametrize('kind', ['imagenet', 'cifar'])
def test_each_branch_is_an_ordinary_network(kind):
    """With either block in its place, the network without branches gives the same map."""
    make = dict(
        imagenet=(lambda: BBNResNet(18), lambda: ResNet(18), 'layer4'),
        cifar=(lambda: BBNCIFARResNet(14), lambda: CIFARResNet(14), 'layer3'),
    )[kind]
    torch.manual_seed(0)
    whole, plain = make[0]().double(), make[1]().double()
    whole.init_weights()
    for tensor in whole.parameters():
        tensor.data.add_(0.05 * torch.randn_like(tensor))  # BatchNorm's starting 0 is no test
    images = torch.randn(2, 3, 64, 64, dtype=torch.float64)
    whole.eval(), plain.eval()
    both = whole(images)
    assert not torch.allclose(*both)
    last = len(getattr(whole, make[2]))
    for name, expected in zip(('conventional', 'rebalancing'), both):
        state = {
            key.replace(f'{name}.', f'{make[2]}.{last}.'): value
            for key, value in whole.state_dict().items()
            if key.split('.')[0] not in {'conventional', 'rebalancing'} - {name}
        }
        plain.load_state_dict(state)
        torch.testing.assert_close(plain(images)[0], expected)
        (alone,) = whole(images, branch=name)
        torch.testing.assert_close(alone, expected)


def test_branches_start_apart_and_are_trained_apart():
    torch.manual_seed(0)
    net = BBNCIFARResNet(14, channels=(4, 6, 8))
    net.init_weights()
    assert not torch.equal(net.conventional.conv1.weight, net.rebalancing.conv1.weight)
    net(torch.randn(2, 3, 16, 16), branch='rebalancing')[0].sum().backward()
    assert net.conventional.conv1.weight.grad is None
    assert net.rebalancing.conv1.weight.grad is not None and net.conv1.weight.grad is not None


def test_errors():
    with pytest.raises(ValueError, match='last stage of BBNCIFARResNet has one block'):
        BBNCIFARResNet(8)
    with pytest.raises(ValueError, match="branch is 'tail'; allowed are 'conventional', 'reb"):
        BBNCIFARResNet(14)(torch.zeros(1, 3, 8, 8), branch='tail')
