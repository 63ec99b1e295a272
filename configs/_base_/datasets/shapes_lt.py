# 48-pixel pictures of textured, coloured shapes, 200 to 4 training images per
# class: tools/dataset_converters/make_shapes_lt.py --out data
data_preprocessor = dict(
    type='ClsDataPreprocessor',
    num_classes=60,
    mean=[122.771, 116.746, 104.094],  # CLIP's, times 255
    std=[68.501, 66.632, 70.323],
    to_rgb=True)
train_pipeline = [
    dict(type='LoadImageFromFile'),
    dict(
        type='RandomResizedCrop',
        scale=48,
        crop_ratio_range=(0.5, 1.0),
        interpolation='bicubic'),
    dict(type='RandomFlip', prob=0.5, direction='horizontal'),
    dict(type='PackInputs'),
]
test_pipeline = [dict(type='LoadImageFromFile'), dict(type='PackInputs')]
train_dataloader = dict(
    batch_size=64,
    num_workers=1,
    persistent_workers=True,
    drop_last=True,
    collate_fn=dict(type='default_collate'),
    sampler=dict(type='ClassBalancedSampler', power=0.5),
    dataset=dict(
        type='ImageNetLT',
        data_root='data/shapes_lt',
        split='train',
        pipeline=train_pipeline))
val_dataloader = dict(
    batch_size=128,
    num_workers=1,
    persistent_workers=True,
    collate_fn=dict(type='default_collate'),
    sampler=dict(type='DefaultSampler', shuffle=False),
    dataset=dict(
        type='ImageNetLT',
        data_root='data/shapes_lt',
        split='val',
        pipeline=test_pipeline))
test_dataloader = dict(
    batch_size=128,
    num_workers=1,
    persistent_workers=True,
    collate_fn=dict(type='default_collate'),
    sampler=dict(type='DefaultSampler', shuffle=False),
    dataset=dict(
        type='ImageNetLT',
        data_root='data/shapes_lt',
        split='test',
        pipeline=test_pipeline))
val_evaluator = dict(
    type='ClassSplitAccuracy', thresholds=(20, 100), rule='field')
test_evaluator = val_evaluator
