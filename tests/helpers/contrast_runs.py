"""Two views of the tiny data, and networks that contrast them."""

import torch
from branch_runs import branch_config
from mmengine.model import BaseModule
from mmpretrain.registry import MODELS
from mmpretrain.structures import DataSample
from torch import nn
from torch.nn.parallel import DistributedDataParallel

VIEW = [
    dict(type='RandomResizedCrop', scale=32, crop_ratio_range=(0.5, 1.0)),
    dict(type='RandomFlip', prob=0.5),
]
TOWER = dict(
    backbone=dict(type='CIFARResNet', depth=8, channels=(4, 6, 8)),
    neck=dict(type='GlobalAveragePooling'),
    projector=dict(type='MLPNeck', in_channels=8, out_channels=4),
)
COUNTS = [24, 12, 6, 3]


@MODELS.register_module(force=True)  # pytest imports this file by two names
class PixelNet(BaseModule):
    """A linear map of pixels: a row depends on its own image alone, on any rank."""

    def __init__(self, width=8):
        super().__init__()
        self.fc = nn.Linear(3 * 4 * 4, width)

    def forward(self, images):
        return (self.fc(images.flatten(1)).tanh(),)


def pixel_tower():
    return dict(
        backbone=dict(type='PixelNet'),
        projector=dict(TOWER['projector']),
        head=dict(type='LinearClsHead', num_classes=4, in_channels=8),
    )


def contrast_config(root, model, epochs=4):
    """Return the config of a model that gets two views of the tiny data."""
    cfg = branch_config(root, model, epochs)
    cfg.data_preprocessor.type = 'MultiViewDataPreprocessor'
    cfg.train_dataloader.dataset = dict(
        type='ImageNetLT',
        data_root=str(root / 'data'),
        split='train',
        pipeline=[
            dict(type='LoadImageFromFile'),
            dict(type='MultiView', num_views=[1, 1], transforms=[VIEW, VIEW]),
            dict(type='PackInputs'),
        ],
    )
    return cfg


def views(size=4, edge=4, dtype=torch.float64):
    """Return two views, samples and labels of a batch."""
    generator = torch.Generator().manual_seed(1)
    pair = [torch.randn(size, 3, edge, edge, dtype=dtype, generator=generator) for _ in range(2)]
    labels = torch.randint(4, (size,), generator=generator).tolist()
    return pair, [DataSample().set_gt_label(label) for label in labels], labels


def train_share(rank, world_size, config, steps=3):
    """Train on this rank's share of batches of eight, under DDP; return what came out of it."""
    torch.manual_seed(0)
    model = MODELS.build(config).double()
    wrapped = model if world_size == 1 else DistributedDataParallel(model)
    optimizer = torch.optim.SGD([p for p in model.parameters() if p.requires_grad], lr=0.3)
    pair, samples, _ = views(8)
    share = slice(rank * 8 // world_size, (rank + 1) * 8 // world_size)
    values = []
    for step in range(steps):
        turned = [view.roll(step, 0)[share] for view in pair]
        own = (samples[-step:] + samples[:-step] if step else samples)[share]
        losses = wrapped(turned, own, mode='loss')
        total = sum(value for key, value in losses.items() if 'loss' in key)
        optimizer.zero_grad()
        total.backward()
        total = total.detach()
        if world_size > 1:
            torch.distributed.all_reduce(total)
        optimizer.step()
        values.append(float(total) / world_size)
    state = {key: value.tolist() for key, value in model.state_dict().items()}
    return values, state
