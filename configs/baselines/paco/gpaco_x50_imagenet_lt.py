# GPaCo on ImageNet-LT: ResNeXt-50 32x4d; three steps of RandAugment for both
# views. A rate of 0.06 for 128 images.
# Launch: tools/dist_train.sh configs/baselines/paco/gpaco_x50_imagenet_lt.py 8
_base_ = 'gpaco_r50_imagenet_lt.py'
work_dir = 'work_dirs/gpaco_x50_imagenet_lt'
model = dict(
    backbone=dict(
        _delete_=True, type='ResNeXt', depth=50, groups=32,
        width_per_group=4),
    head=dict(loss=dict(alpha=0.05)))
longer = dict(_base_.rand_augment, num_policies=3)
first = [_base_.resized, _base_.flipped, _base_.jittered, longer]
others = [*_base_.stack, longer]
train_dataloader = dict(dataset=dict(pipeline=[
    dict(type='LoadImageFromFile'),
    dict(type='MultiView', num_views=[1, 1], transforms=[first, others]),
    dict(type='PackInputs')]))
optim_wrapper = dict(optimizer=dict(lr=0.12))
