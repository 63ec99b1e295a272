"""ResNet-10: a stem, four basic blocks and what shrinks their shortcuts."""

import torch

from vlltr_mm.models import ResNet10


def test_resnet_10():
    net = ResNet10()
    assert [len(getattr(net, f'layer{i}')) for i in (1, 2, 3, 4)] == [1, 1, 1, 1]
    # 7·7·3·64 + 128, then by stage 9·w_in·w + 9·w² + 4w, and the shortcut w_in·w + 2w.
    expected, before = 7 * 7 * 3 * 64 + 128, 64
    for width in (64, 128, 256, 512):
        expected += 9 * before * width + 9 * width**2 + 4 * width
        expected += (before * width + 2 * width) if width != before else 0
        before = width
    assert sum(p.numel() for p in net.parameters()) == expected
    assert net(torch.zeros(2, 3, 64, 64))[-1].shape == (2, 512, 2, 2)
