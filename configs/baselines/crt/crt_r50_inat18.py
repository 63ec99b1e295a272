# cRT on iNaturalist 2018: a fresh linear head on the baseline's frozen tower,
# class-balanced. The learning rate is ours.
# Paper, top1: 69.9.
# Ours: not yet run.
# Launch: tools/dist_train.sh configs/baselines/crt/crt_r50_inat18.py 8
_base_ = [
    '../../_base_/models/linear_r50.py',
    '../../_base_/datasets/inat18.py',
    '../../_base_/schedules/decoupled.py',
    '../../_base_/default_runtime.py'
]
work_dir = 'work_dirs/crt_r50_inat18'
row_name = 'cRT'
pretrain_config = '../ce/ce_r50_inat18.py'
pretrain_work_dir = 'work_dirs/ce_r50_inat18'
model = dict(
    backbone=dict(pretrained=f'{pretrain_work_dir}/epoch_460.pth'),
    head=dict(num_classes=8142))
train_dataloader = dict(sampler=dict(power=0))
