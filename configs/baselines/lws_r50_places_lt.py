# LWS on Places-LT: one learned scale per class on the baseline's frozen tower
# and linear head, class-balanced. The learning rate is ours.
# Paper, top1 / many / medium / few: 31.3 / 36.0 / 32.1 / 20.7.
# Ours: not yet run.
# Launch: tools/dist_train.sh configs/baselines/lws_r50_places_lt.py 8
_base_ = [
    '../_base_/models/linear_r50.py', '../_base_/datasets/places_lt.py',
    '../_base_/schedules/lgr.py', '../_base_/default_runtime.py'
]
work_dir = 'work_dirs/lws_r50_places_lt'
row_name = 'LWS'
pretrain_config = 'ce_r50_places_lt.py'
pretrain_work_dir = 'work_dirs/ce_r50_places_lt'
model = dict(
    backbone=dict(pretrained='work_dirs/ce_r50_places_lt/epoch_100.pth'),
    head=dict(
        _delete_=True,
        type='LWSClsHead',
        num_classes=365,
        in_channels=1024,
        linear='work_dirs/ce_r50_places_lt/epoch_100.pth'))
train_dataloader = dict(sampler=dict(power=0))
optim_wrapper = dict(optimizer=dict(lr=1e-3))
param_scheduler = dict(type='CosineAnnealingLR', eta_min=0, T_max=5)
train_cfg = dict(max_epochs=5)
