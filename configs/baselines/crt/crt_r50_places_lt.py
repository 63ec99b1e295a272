# cRT on Places-LT: a fresh linear head on the baseline's frozen tower,
# class-balanced. The learning rate is ours.
# Paper, top1 / many / medium / few: 30.5 / 38.5 / 29.7 / 17.6.
# Ours: not yet run.
# Launch: tools/dist_train.sh configs/baselines/crt/crt_r50_places_lt.py 8
_base_ = [
    '../../_base_/models/linear_r50.py',
    '../../_base_/datasets/places_lt.py',
    '../../_base_/schedules/decoupled.py',
    '../../_base_/default_runtime.py'
]
work_dir = 'work_dirs/crt_r50_places_lt'
row_name = 'cRT'
pretrain_config = '../ce/ce_r50_places_lt.py'
pretrain_work_dir = 'work_dirs/ce_r50_places_lt'
model = dict(
    backbone=dict(pretrained=f'{pretrain_work_dir}/epoch_100.pth'),
    head=dict(num_classes=365))
train_dataloader = dict(sampler=dict(power=0))
