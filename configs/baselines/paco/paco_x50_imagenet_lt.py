# PaCo on ImageNet-LT: ResNeXt-50 32x4d, a temperature of 0.07; queries with
# grey, blur and RandAugment.
# Launch: tools/dist_train.sh configs/baselines/paco/paco_x50_imagenet_lt.py 8
_base_ = 'paco_r50_imagenet_lt.py'
work_dir = 'work_dirs/paco_x50_imagenet_lt'
model = dict(
    backbone=dict(
        _delete_=True, type='ResNeXt', depth=50, groups=32, width_per_group=4),
    head=dict(loss=dict(temperature=0.07)))
queries = [*_base_.stack, _base_.rand_augment]
train_dataloader = dict(dataset=dict(pipeline=[
    dict(type='LoadImageFromFile'),
    dict(
        type='MultiView', num_views=[1, 1], transforms=[queries, _base_.sim]),
    dict(type='PackInputs')]))
