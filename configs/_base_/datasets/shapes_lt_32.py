# The shapes of shapes_lt.py at 32 px, for ResNets from scratch.
_base_ = 'cnn.py'
data_preprocessor = dict(num_classes=60)
class_counts = 'data/shapes_lt/ImageNet_LT_train.txt'  # for losses
train_pipeline = [
    dict(type='LoadImageFromFile'),
    dict(
        type='RandomResizedCrop', scale=32, crop_ratio_range=(0.5, 1.0),
        interpolation='bicubic'),
    dict(type='RandomFlip', prob=0.5, direction='horizontal'),
    dict(type='PackInputs'),
]
test_pipeline = [
    dict(type='LoadImageFromFile'),
    dict(type='Resize', scale=32, interpolation='bicubic'),
    dict(type='PackInputs'),
]
images = dict(type='ImageNetLT', data_root='data/shapes_lt')
train_dataloader = dict(
    batch_size=32, num_workers=1,
    dataset=dict(**images, split='train', pipeline=train_pipeline))
val_dataloader = dict(
    batch_size=128, num_workers=1,
    dataset=dict(**images, split='val', pipeline=test_pipeline))
test_dataloader = dict(
    batch_size=128, num_workers=1,
    dataset=dict(**images, split='test', pipeline=test_pipeline))
