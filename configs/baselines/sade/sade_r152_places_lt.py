# SADE (TADE) on Places-LT: three experts on ResNet-152, for the classes as
# they are in training, for balanced ones, and for the reverse. Stages 3 and 4
# are there three times, as in the authors' config (29.2 G multiply-adds); the
# 13.2 G that they print are those of model.backbone.shared_stages=3.
# Paper, top1 / many / medium / few: 40.9 / 40.4 / 43.2 / 36.8.
# Ours: not yet run.
# Launch: tools/dist_train.sh configs/baselines/sade/sade_r152_places_lt.py 8
_base_ = [
    '../../_base_/models/experts_r152.py',
    '../../_base_/datasets/places_lt_cnn.py',
    '../../_base_/schedules/sgd.py',
    '../../_base_/default_runtime.py'
]
work_dir = 'work_dirs/sade_r152_places_lt'
row_name = 'SADE'
model = dict(head=dict(
    num_classes=365,
    loss=dict(
        type='DiverseExpertLoss', class_counts={{_base_.class_counts}},
        tau=1.0)))
train_dataloader = dict(batch_size=16)
optim_wrapper = dict(
    optimizer=dict(lr=0.001, weight_decay=4e-4),
    paramwise_cfg=dict(custom_keys={'head.fcs': dict(lr_mult=10)}))
param_scheduler = dict(type='MultiStepLR', milestones=[10, 20], gamma=0.1)
train_cfg = dict(max_epochs=30)
