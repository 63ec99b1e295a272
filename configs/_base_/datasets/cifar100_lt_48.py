# cifar100_lt at 48 pixels, the input of the tiny CLIP.
_base_ = 'cifar100_lt.py'
train_pipeline = [
    dict(type='LoadImageFromFile'),
    dict(
        type='RandomResizedCrop', scale=48, crop_ratio_range=(0.4, 1.0),
        interpolation='bicubic'),
    *_base_.after_crop
]
test_pipeline = [
    dict(type='LoadImageFromFile'),
    dict(type='Resize', scale=48, interpolation='bicubic'),
    dict(type='PackInputs'),
]
train_dataloader = dict(dataset=dict(pipeline=train_pipeline))
val_dataloader = dict(dataset=dict(pipeline=test_pipeline))
test_dataloader = dict(dataset=dict(pipeline=test_pipeline))
