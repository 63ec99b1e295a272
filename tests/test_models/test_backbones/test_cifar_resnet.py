"""The ResNet of long-tailed CIFAR."""

import pytest
import torch
import torch.nn.functional as F
from mmpretrain.registry import MODELS

from vlltr_mm.models import CIFARResNet
from vlltr_mm.models.backbones.cifar_resnet import CIFARBlock


def images(n=2):
    return torch.randn(n, 3, 32, 32, generator=torch.Generator().manual_seed(0))


def by_hand(model, x):
    """Return the last map, written out from the paper with functions alone."""
    state = model.state_dict()

    def norm(x, name):
        mean, var = state[f'{name}.running_mean'], state[f'{name}.running_var']
        x = (x - mean[:, None, None]) / (var[:, None, None] + 1e-5).sqrt()
        return x * state[f'{name}.weight'][:, None, None] + state[f'{name}.bias'][:, None, None]

    x = norm(F.conv2d(x, state['conv1.weight'], padding=1), 'bn1').clamp(min=0)
    for stage in (1, 2, 3):
        for block in range(model.num_blocks):
            name = f'layer{stage}.{block}'
            halved = stage > 1 and block == 0
            out = F.conv2d(x, state[f'{name}.conv1.weight'], padding=1, stride=1 + halved)
            out = norm(out, f'{name}.bn1').clamp(min=0)
            out = norm(F.conv2d(out, state[f'{name}.conv2.weight'], padding=1), f'{name}.bn2')
            if halved:
                zeros = x.new_zeros(len(x), x.shape[1] // 2, *out.shape[2:])
                x = torch.cat([zeros, x[:, :, ::2, ::2], zeros], dim=1)
            x = (out + x).clamp(min=0)
    return x


def test_equals_the_paper_written_out():
    model = CIFARResNet(depth=14)
    model.init_weights()
    model.train()(images(8))  # running statistics other than 0 and 1
    model = model.double().eval()
    (found,) = model(images().double())
    assert found.shape == (2, 64, 8, 8)
    torch.testing.assert_close(found, by_hand(model, images().double()))


def test_resnet32_has_the_parameters_of_the_paper():
    model = MODELS.build(dict(type='CIFARResNet'))
    assert len(model.layer3) == 5
    # 3·16·9 + (10·16² + 16·32 + 9·32² + 32·64 + 9·64²)·9, and 2 each of BatchNorm's
    # 11·16 + 10·32 + 10·64 channels.
    convolutions = 432 + 9 * (2560 + 512 + 9216 + 2048 + 36864)
    assert convolutions + 2 * (176 + 320 + 640) == 463504
    assert sum(p.numel() for p in model.parameters()) == 463504  # "0.46 M"


def test_shortcut_takes_every_second_pixel_between_zeros():
    block = CIFARBlock(2, 6, stride=2).eval()
    torch.nn.init.zeros_(block.bn2.weight)  # nothing but the shortcut
    x = torch.arange(1.0, 33).view(1, 2, 4, 4)
    out = block(x)
    assert out[0, 2].tolist() == [[1, 3], [9, 11]] and out[0, 3].tolist() == [[17, 19], [25, 27]]
    assert not out[0, [0, 1, 4, 5]].any()


def test_starts_from_kaiming_by_fan_in():
    torch.manual_seed(0)
    model = CIFARResNet()
    model.init_weights()
    weight = model.layer3[0].conv1.weight  # 32 · 9 inputs to each output
    assert float(weight.detach().std()) == pytest.approx((2 / (32 * 9)) ** 0.5, rel=0.03)


def test_returns_the_stages_asked_for():
    maps = CIFARResNet(depth=8, channels=(4, 6, 8), out_indices=(0, 2))(images())
    assert [tuple(m.shape[1:]) for m in maps] == [(4, 32, 32), (8, 8, 8)]


@pytest.mark.parametrize('norm_eval', [False, True])
def test_norm_eval_keeps_the_running_statistics(norm_eval):
    model = CIFARResNet(depth=8, norm_eval=norm_eval).train()
    before = model.bn1.running_mean.clone()
    model(images())
    assert torch.equal(before, model.bn1.running_mean) is norm_eval
    assert model.training and model.layer1.training


@pytest.mark.parametrize(
    ('settings', 'message'),
    [
        (dict(depth=33), r'depth is 33; give 6n \+ 2'),
        (dict(depth=2), 'depth'),
        (dict(channels=(16, 32)), r'channels is \(16, 32\); give the widths of three'),
        (dict(channels=(16, 31, 64)), 'from 16 to 31 channels has a shortcut that adds 15'),
        (dict(out_indices=(3,)), r'out_indices is \(3,\); give stages of 0, 1 and 2'),
        (dict(out_indices=()), r'out_indices is \(\)'),
    ],
)
def test_refuses_what_is_no_such_network(settings, message):
    with pytest.raises(ValueError, match=message):
        CIFARResNet(**settings)


def test_frozen():
    net = CIFARResNet(8, frozen=True).train()
    assert not any(module.training for module in net.modules())
    assert not any(p.requires_grad for p in net.parameters())
