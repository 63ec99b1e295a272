"""What happens to images before a tower sees them."""

from .towers import Towers


def make_pipelines(towers: Towers) -> tuple[list, list]:
    """Return what happens to images in training and in test, for the input of a tower."""
    size = towers.image_size
    resized = dict(backend='pillow', interpolation='bicubic')
    train = [
        dict(type='LoadImageFromFile'),
        dict(type='RandomResizedCrop', scale=size, crop_ratio_range=(0.4, 1.0), **resized),
        dict(type='RandomFlip', prob=0.5, direction='horizontal'),
        dict(type='PackInputs'),
    ]
    if towers.squash:
        fitting = [dict(type='Resize', scale=(size, size), **resized)]
    else:
        fitting = [
            dict(type='ResizeEdge', scale=size, edge='short', **resized),
            dict(type='CenterCrop', crop_size=size),
        ]
    return train, [dict(type='LoadImageFromFile'), *fitting, dict(type='PackInputs')]
