# SSD, stage 1, on ImageNet-LT: ResNeXt-50 32x4d. Cross entropy and a contrast
# between images of different classes.
# Launch: tools/dist_train.sh \
#    configs/baselines/ssd/ssd-stage1_x50_imagenet_lt.py 8
_base_ = [
    '../../_base_/models/ssd1.py',
    '../../_base_/datasets/imagenet_lt_cnn.py',
    '../../_base_/datasets/views_224.py',
    '../../_base_/schedules/ssd.py',
    '../../_base_/default_runtime.py'
]
work_dir = 'work_dirs/ssd-stage1_x50_imagenet_lt'
model = dict(head=dict(num_classes=1000))
data_preprocessor = dict(type='MultiViewDataPreprocessor')
query = [_base_.resized, _base_.jittered, _base_.flipped]
train_dataloader = dict(dataset=dict(pipeline=[
    dict(type='LoadImageFromFile'),
    dict(
        type='MultiView', num_views=[1, 1],
        transforms=[query, _base_.steady_view]),
    dict(type='PackInputs')]))
