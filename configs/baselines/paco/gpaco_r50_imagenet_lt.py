# GPaCo on ImageNet-LT: ResNet-50; RandAugment of two steps for both views, the
# second with grey and blur. A rate of 0.04 for 128 images.
# Launch: tools/dist_train.sh configs/baselines/paco/gpaco_r50_imagenet_lt.py 8
_base_ = 'paco_r50_imagenet_lt.py'
work_dir = 'work_dirs/gpaco_r50_imagenet_lt'
row_name = 'GPaCo'
model = dict(
    momentum_encoder=None, projector=dict(num_layers=3, norm=False),
    head=dict(loss=dict(alpha=0.045)))
others = [*_base_.stack, _base_.rand_augment]
train_dataloader = dict(dataset=dict(pipeline=[
    dict(type='LoadImageFromFile'),
    dict(
        type='MultiView', num_views=[1, 1],
        transforms=[_base_.randcls, others]),
    dict(type='PackInputs')]))
optim_wrapper = dict(optimizer=dict(lr=0.08))
