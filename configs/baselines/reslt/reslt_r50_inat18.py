# ResLT on iNaturalist 2018: ResNet-50, two branches for all and the 6600
# rarest species; 200 epochs, β = 0.85. The authors' script of the test has γ =
# 0, that of the training 0.3.
# Paper, top1: 72.3.
# Ours: not yet run.
# Launch: tools/dist_train.sh configs/baselines/reslt/reslt_r50_inat18.py 8
_base_ = [
    '../../_base_/models/reslt.py',
    '../../_base_/datasets/inat18_cnn.py',
    '../../_base_/schedules/reslt.py',
    '../../_base_/default_runtime.py'
]
work_dir = 'work_dirs/reslt_r50_inat18'
model = dict(
    backbone=dict(_delete_=True, type='ResNet', depth=50),
    neck=dict(num_branches=2),
    head=dict(
        num_classes=8142,
        num_branches=2, in_channels=2 * 2048, gamma=0.3,
        loss=dict(
            class_counts={{_base_.class_counts}}, beta=0.85,
            medium_below=6600)))
optim_wrapper = dict(optimizer=dict(weight_decay=1e-4))
param_scheduler = [
    dict(type='LinearLR', start_factor=0.2, begin=0, end=5),
    dict(type='CosineAnnealingLR', eta_min=0, T_max=196, begin=4, end=200)
]
train_cfg = dict(max_epochs=200)
train_dataloader = dict(batch_size=32)  # of 8 GPUs
