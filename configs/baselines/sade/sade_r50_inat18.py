# SADE (TADE) on iNaturalist 2018: three experts on ResNet-50, for the classes as
# they are in training, for balanced ones, and for the reverse.
# Paper, top1: 72.9.
# Ours: not yet run.
# Launch: tools/dist_train.sh configs/baselines/sade/sade_r50_inat18.py 8
_base_ = [
    '../../_base_/models/experts_r50.py',
    '../../_base_/datasets/inat18_cnn.py',
    '../../_base_/schedules/sgd.py',
    '../../_base_/default_runtime.py'
]
work_dir = 'work_dirs/sade_r50_inat18'
row_name = 'SADE'
model = dict(head=dict(
    num_classes=8142,
    loss=dict(
        type='DiverseExpertLoss', class_counts={{_base_.class_counts}},
        tau=1.0)))
train_dataloader = dict(batch_size=64)
optim_wrapper = dict(optimizer=dict(lr=0.2, weight_decay=2e-4))
param_scheduler = [
    dict(type='LinearLR', start_factor=0.2, begin=0, end=5),
    dict(type='MultiStepLR', milestones=[60, 80], gamma=0.1)
]
train_cfg = dict(max_epochs=100)
