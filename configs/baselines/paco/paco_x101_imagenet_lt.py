# PaCo on ImageNet-LT: ResNeXt-101 32x4d; queries with grey, blur and three
# steps of RandAugment.
# Paper, top1 / many / medium / few: 60.0 / 68.2 / 58.7 / 41.0.
# Ours: not yet run.
# Launch: tools/dist_train.sh configs/baselines/paco/paco_x101_imagenet_lt.py 8
_base_ = 'paco_r50_imagenet_lt.py'
work_dir = 'work_dirs/paco_x101_imagenet_lt'
model = dict(
    backbone=dict(
        _delete_=True, type='ResNeXt', depth=101, groups=32,
        width_per_group=4))
queries = [*_base_.stack, dict(_base_.rand_augment, num_policies=3)]
train_dataloader = dict(dataset=dict(pipeline=[
    dict(type='LoadImageFromFile'),
    dict(
        type='MultiView', num_views=[1, 1], transforms=[queries, _base_.sim]),
    dict(type='PackInputs')]))
optim_wrapper = dict(optimizer=dict(lr=0.06))
