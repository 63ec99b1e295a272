# Baseline on iNaturalist 2018: CLIP's RN50 image tower and a linear head,
# plain cross entropy, instance-balanced. The paper prints no schedule: this is
# that of stage 1, for as many epochs as both VL-LTR stages.
# Paper, top1: 72.6.
# Ours: not yet run.
# Launch: tools/dist_train.sh configs/baselines/ce/ce_r50_inat18.py 8
_base_ = [
    '../../_base_/models/linear_r50.py',
    '../../_base_/datasets/inat18.py',
    '../../_base_/schedules/linear.py',
    '../../_base_/default_runtime.py'
]
work_dir = 'work_dirs/ce_r50_inat18'
row_name = 'Baseline'
model = dict(
    backbone=dict(
        pretrained='data/clip/RN50.pt', frozen=False, norm_eval=False),
    head=dict(num_classes=8142))
train_dataloader = dict(
    batch_size=256,
    sampler=dict(_delete_=True, type='DefaultSampler', shuffle=True))
optim_wrapper = dict(optimizer=dict(lr=5e-4))
param_scheduler = [
    dict(type='LinearLR', start_factor=0.002, begin=0, end=5),
    dict(type='CosineAnnealingLR', eta_min=1e-5, T_max=455, begin=5, end=460)
]
train_cfg = dict(max_epochs=460)
