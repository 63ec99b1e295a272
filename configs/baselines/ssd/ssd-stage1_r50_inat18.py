# SSD, stage 1, on iNaturalist 2018: ResNet-50. Cross entropy and a contrast
# between images of different classes, of which an epoch is kept. The authors
# have no config for this data set.
# Launch: tools/dist_train.sh configs/baselines/ssd/ssd-stage1_r50_inat18.py 8
_base_ = [
    '../../_base_/models/ssd1.py',
    '../../_base_/datasets/inat18_cnn.py',
    '../../_base_/datasets/views_224.py',
    '../../_base_/schedules/ssd.py',
    '../../_base_/default_runtime.py'
]
work_dir = 'work_dirs/ssd-stage1_r50_inat18'
model = dict(
    backbone=dict(_delete_=True, type='ResNet', depth=50),
    queue=dict(length=437504),
    head=dict(num_classes=8142))
data_preprocessor = dict(type='MultiViewDataPreprocessor')
query = [_base_.resized, _base_.flipped]
train_dataloader = dict(dataset=dict(pipeline=[
    dict(type='LoadImageFromFile'),
    dict(
        type='MultiView', num_views=[1, 1],
        transforms=[query, _base_.steady_view]),
    dict(type='PackInputs')]))
optim_wrapper = dict(optimizer=dict(weight_decay=1e-4))
