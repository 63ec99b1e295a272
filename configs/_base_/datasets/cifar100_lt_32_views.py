# Two views of cifar100_lt_32.py for contrast: crop and mirror image for the
# query; another crop, colours and grey too for the key.
_base_ = 'cifar100_lt_32.py'
data_preprocessor = dict(type='MultiViewDataPreprocessor')
query_view = [
    dict(type='RandomCrop', crop_size=32, padding=4),
    dict(type='RandomFlip', prob=0.5, direction='horizontal'),
]
train_dataloader = dict(dataset=dict(pipeline=[
    dict(type='LoadImageFromFile'),
    dict(
        type='MultiView', num_views=[1, 1],
        transforms=[query_view, _base_.steady_view]),
    dict(type='PackInputs')]))
