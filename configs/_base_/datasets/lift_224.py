# What LIFT and LIFT+ see of an image, in place of the pipelines of clip_224.py.
# LIFT resizes bilinearly, LIFT+ as CLIP does; only LIFT mirrors.
lift_train = [
    dict(type='LoadImageFromFile'),
    dict(
        type='RandomResizedCrop', scale=224, crop_ratio_range=(0.08, 1.0),
        aspect_ratio_range=(3 / 4, 4 / 3),
        backend='pillow', interpolation='bilinear'),
    dict(type='RandomFlip', prob=0.5, direction='horizontal'),
    dict(type='PackInputs'),
]
lift_test = [
    dict(type='LoadImageFromFile'),
    dict(
        type='ResizeEdge', scale=256, edge='short',
        backend='pillow', interpolation='bilinear'),
    dict(type='CenterCrop', crop_size=224),
    dict(type='PackInputs'),
]
lift_plus_train = [
    dict(type='LoadImageFromFile'),
    dict(
        type='ShrinkingSquareCrop', scale=224, first=0.08,
        backend='pillow', interpolation='bicubic'),
    dict(type='PackInputs'),
]
lift_plus_test = [
    dict(type='LoadImageFromFile'),
    dict(
        type='ResizeEdge', scale=256, edge='short',
        backend='pillow', interpolation='bicubic'),
    dict(type='CenterCrop', crop_size=224),
    dict(type='PackInputs'),
]
