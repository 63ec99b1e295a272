# CIFAR-100-LT, imbalance factor 100, 32-pixel photographs in the ImageNet-LT
# layout, enlarged to 64 because CLIP's ResNet reduces its input by 32:
# data/cifar100_lt/{train,val,test}, CIFAR100_LT_*.txt, labels.txt.
data_preprocessor = dict(
    type='ClsDataPreprocessor',
    num_classes=100,
    mean=[122.771, 116.746, 104.094],  # CLIP's, times 255
    std=[68.501, 66.632, 70.323],
    to_rgb=True)
train_pipeline = [
    dict(type='LoadImageFromFile'),
    dict(
        type='RandomResizedCrop',
        scale=64,
        crop_ratio_range=(0.4, 1.0),
        interpolation='bicubic'),
    dict(type='RandomFlip', prob=0.5, direction='horizontal'),
    dict(type='PackInputs'),
]
test_pipeline = [
    dict(type='LoadImageFromFile'),
    dict(type='Resize', scale=64, interpolation='bicubic'),
    dict(type='PackInputs'),
]
train_dataloader = dict(
    batch_size=128,
    num_workers=1,
    persistent_workers=True,
    drop_last=True,
    collate_fn=dict(type='default_collate'),
    sampler=dict(type='ClassBalancedSampler', power=0.5),
    dataset=dict(
        type='ImageNetLT',
        data_root='data/cifar100_lt',
        ann_file='CIFAR100_LT_train.txt',
        train_ann_file='CIFAR100_LT_train.txt',
        pipeline=train_pipeline))
val_dataloader = dict(
    batch_size=256,
    num_workers=1,
    persistent_workers=True,
    collate_fn=dict(type='default_collate'),
    sampler=dict(type='DefaultSampler', shuffle=False),
    dataset=dict(
        type='ImageNetLT',
        data_root='data/cifar100_lt',
        ann_file='CIFAR100_LT_val.txt',
        train_ann_file='CIFAR100_LT_train.txt',
        pipeline=test_pipeline))
test_dataloader = dict(
    batch_size=256,
    num_workers=1,
    persistent_workers=True,
    collate_fn=dict(type='default_collate'),
    sampler=dict(type='DefaultSampler', shuffle=False),
    dataset=dict(
        type='ImageNetLT',
        data_root='data/cifar100_lt',
        ann_file='CIFAR100_LT_test.txt',
        train_ann_file='CIFAR100_LT_train.txt',
        pipeline=test_pipeline))
val_evaluator = dict(
    type='ClassSplitAccuracy', thresholds=(20, 100), rule='field')
test_evaluator = val_evaluator
