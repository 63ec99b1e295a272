# PaCo on iNaturalist 2018: ResNet-50, RandAugment of two steps for the
# queries.
# Paper, top1: 73.2.
# Ours: not yet run.
# Launch: tools/dist_train.sh configs/baselines/paco/paco_r50_inat18.py 8
_base_ = [
    '../../_base_/models/paco.py',
    '../../_base_/datasets/inat18_cnn.py',
    '../../_base_/datasets/views_224.py',
    '../../_base_/schedules/paco.py',
    '../../_base_/default_runtime.py'
]
work_dir = 'work_dirs/paco_r50_inat18'
model = dict(
    queue=dict(num_classes=8142),
    head=dict(
        num_classes=8142, loss=dict(class_counts={{_base_.class_counts}})))
data_preprocessor = dict(type='MultiViewDataPreprocessor')
train_dataloader = dict(dataset=dict(pipeline=[
    dict(type='LoadImageFromFile'),
    dict(
        type='MultiView', num_views=[1, 1],
        transforms=[_base_.randcls, _base_.sim]),
    dict(type='PackInputs')]))
optim_wrapper = dict(optimizer=dict(weight_decay=1e-4))
