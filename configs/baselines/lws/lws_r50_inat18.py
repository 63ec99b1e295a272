# LWS on iNaturalist 2018: one learned scale per class on the baseline's frozen
# tower and linear head, class-balanced. The learning rate is ours.
# Paper, top1: 71.0.
# Ours: not yet run.
# Launch: tools/dist_train.sh configs/baselines/lws/lws_r50_inat18.py 8
_base_ = [
    '../../_base_/models/lws_r50.py',
    '../../_base_/datasets/inat18.py',
    '../../_base_/schedules/decoupled_lws.py',
    '../../_base_/default_runtime.py'
]
work_dir = 'work_dirs/lws_r50_inat18'
pretrain_config = '../ce/ce_r50_inat18.py'
pretrain_work_dir = 'work_dirs/ce_r50_inat18'
baseline = f'{pretrain_work_dir}/epoch_460.pth'
model = dict(
    backbone=dict(pretrained=baseline),
    head=dict(num_classes=8142, linear=baseline))
train_dataloader = dict(sampler=dict(power=0))
