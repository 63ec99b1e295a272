# What the three benchmarks share: 224 px and the augmentation of the first
# implementation (no colour jitter is active there). batch_size is per GPU,
# of 8.
_base_ = 'clip.py'
after_crop = [
    dict(type='RandomFlip', prob=0.5, direction='horizontal'),
    dict(  # m9-mstd0.5-inc1
        type='RandAugment',
        policies='timm_increasing',
        num_policies=2,
        total_level=10,
        magnitude_level=9,
        magnitude_std=0.5,
        hparams=dict(pad_val=[104, 117, 123], interpolation='bicubic')),
    dict(  # by pixel: N(0, 1) after normalisation; the image is BGR here
        type='RandomErasing',
        erase_prob=0.25,
        mode='rand',
        min_area_ratio=0.02,
        max_area_ratio=1 / 3,
        fill_color=[104.094, 116.746, 122.771],
        fill_std=[70.323, 66.632, 68.501]),
    dict(type='PackInputs'),
]
train_pipeline = [
    dict(type='LoadImageFromFile'),
    dict(
        type='RandomResizedCrop', scale=224, crop_ratio_range=(0.08, 1.0),
        backend='pillow', interpolation='bicubic'),
    *after_crop
]
test_pipeline = [
    dict(type='LoadImageFromFile'),
    dict(
        type='ResizeEdge', scale=256, edge='short',
        backend='pillow', interpolation='bicubic'),
    dict(type='CenterCrop', crop_size=224),
    dict(type='PackInputs'),
]
train_dataloader = dict(
    batch_size=128, num_workers=8,
    dataset=dict(split='train', pipeline=train_pipeline))
val_dataloader = dict(
    batch_size=256, num_workers=8,
    dataset=dict(split='val', pipeline=test_pipeline))
test_dataloader = dict(
    batch_size=256, num_workers=8,
    dataset=dict(split='test', pipeline=test_pipeline))
