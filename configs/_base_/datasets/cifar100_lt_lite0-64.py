# cifar100_lt at 64 pixels, with the mean and deviation of EfficientNet-Lite.
_base_ = 'cifar100_lt.py'
data_preprocessor = dict(mean=[127.0] * 3, std=[128.0] * 3)
train_pipeline = [
    dict(type='LoadImageFromFile'),
    dict(
        type='RandomResizedCrop', scale=64, crop_ratio_range=(0.4, 1.0),
        interpolation='bicubic'),
    *_base_.after_crop
]
test_pipeline = [
    dict(type='LoadImageFromFile'),
    dict(type='Resize', scale=64, interpolation='bicubic'),
    dict(type='PackInputs'),
]
train_dataloader = dict(
    batch_size=64, dataset=dict(pipeline=train_pipeline))
val_dataloader = dict(dataset=dict(pipeline=test_pipeline))
test_dataloader = dict(dataset=dict(pipeline=test_pipeline))
