# SADE (TADE) on ImageNet-LT: three experts on ResNeXt-50, for the classes as
# they are in training, for balanced ones, and for the reverse.
# Paper, top1 / many / medium / few: 58.8 / 66.5 / 57.0 / 43.5.
# Ours: not yet run.
# Launch: tools/dist_train.sh configs/baselines/sade/sade_x50_imagenet_lt.py 8
_base_ = [
    '../../_base_/models/experts_x50.py',
    '../../_base_/datasets/imagenet_lt_cnn.py',
    '../../_base_/schedules/sgd.py',
    '../../_base_/default_runtime.py'
]
work_dir = 'work_dirs/sade_x50_imagenet_lt'
row_name = 'SADE'
model = dict(head=dict(
    num_classes=1000,
    loss=dict(
        type='DiverseExpertLoss', class_counts={{_base_.class_counts}},
        tau=2.0)))
train_dataloader = dict(batch_size=8)
optim_wrapper = dict(optimizer=dict(lr=0.025, weight_decay=5e-4))
param_scheduler = dict(type='CosineAnnealingLR', eta_min=0, T_max=180)
train_cfg = dict(max_epochs=180)
