# LWS on ImageNet-LT: one learned scale per class on the baseline's frozen
# tower and linear head, class-balanced. The learning rate is ours.
# Paper, top1 / many / medium / few: 51.5 / 62.2 / 48.6 / 31.8.
# Ours: not yet run.
# Launch: tools/dist_train.sh configs/baselines/lws/lws_r50_imagenet_lt.py 8
_base_ = [
    '../../_base_/models/lws_r50.py',
    '../../_base_/datasets/imagenet_lt.py',
    '../../_base_/schedules/decoupled_lws.py',
    '../../_base_/default_runtime.py'
]
work_dir = 'work_dirs/lws_r50_imagenet_lt'
pretrain_config = '../ce/ce_r50_imagenet_lt.py'
pretrain_work_dir = 'work_dirs/ce_r50_imagenet_lt'
baseline = f'{pretrain_work_dir}/epoch_100.pth'
model = dict(
    backbone=dict(pretrained=baseline),
    head=dict(num_classes=1000, linear=baseline))
train_dataloader = dict(sampler=dict(power=0))
