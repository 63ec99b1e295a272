# Two views of shapes_lt_32.py for contrast: its crop and mirror image for the
# query, smaller crops for the key. Colours stay: classes differ by them.
_base_ = 'shapes_lt_32.py'
data_preprocessor = dict(type='MultiViewDataPreprocessor')
key_view = [
    dict(
        type='RandomResizedCrop', scale=32, crop_ratio_range=(0.2, 1.0),
        interpolation='bicubic'),
    dict(type='RandomFlip', prob=0.5, direction='horizontal'),
]
train_dataloader = dict(dataset=dict(pipeline=[
    dict(type='LoadImageFromFile'),
    dict(
        type='MultiView', num_views=[1, 1],
        transforms=[_base_.train_pipeline[1:3], key_view]),
    dict(type='PackInputs')]))
