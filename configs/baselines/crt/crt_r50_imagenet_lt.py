# cRT on ImageNet-LT: a fresh linear head on the baseline's frozen tower,
# class-balanced. The learning rate is ours.
# Paper, top1 / many / medium / few: 50.8 / 63.3 / 47.2 / 27.8.
# Ours: not yet run.
# Launch: tools/dist_train.sh configs/baselines/crt/crt_r50_imagenet_lt.py 8
_base_ = [
    '../../_base_/models/linear_r50.py',
    '../../_base_/datasets/imagenet_lt.py',
    '../../_base_/schedules/decoupled.py',
    '../../_base_/default_runtime.py'
]
work_dir = 'work_dirs/crt_r50_imagenet_lt'
row_name = 'cRT'
pretrain_config = '../ce/ce_r50_imagenet_lt.py'
pretrain_work_dir = 'work_dirs/ce_r50_imagenet_lt'
model = dict(
    backbone=dict(pretrained=f'{pretrain_work_dir}/epoch_100.pth'),
    head=dict(num_classes=1000))
train_dataloader = dict(sampler=dict(power=0))
