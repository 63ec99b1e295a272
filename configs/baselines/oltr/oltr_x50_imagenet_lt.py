# OLTR on ImageNet-LT: ResNeXt-50 32x4d. The number is that of a re-run by Kang
# et al., who gave no config; the second stage is that of ResNet-10.
# Paper, top1: 46.3.
# Ours: not yet run.
# Launch: tools/dist_train.sh configs/baselines/oltr/oltr_x50_imagenet_lt.py 8
_base_ = 'oltr_r10_imagenet_lt.py'
work_dir = 'work_dirs/oltr_x50_imagenet_lt'
pretrain_config = 'oltr-stage1_x50_imagenet_lt.py'
pretrain_work_dir = 'work_dirs/oltr-stage1_x50_imagenet_lt'
stage1 = f'{pretrain_work_dir}/epoch_90.pth'
start = dict(type='Pretrained', prefix='backbone.', checkpoint=stage1)
model = dict(
    backbone=dict(
        type='ResNeXt', depth=50, groups=32, width_per_group=4,
        init_cfg=start),
    neck=dict(
        in_channels=2048,
        init_cfg=dict(
            type='Pretrained', prefix='neck.', checkpoint=stage1)),
    head=dict(linear=stage1))
