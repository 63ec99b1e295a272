# RIDE on iNaturalist 2018, stage 1 of 3: the teacher, six experts on ResNet-50.
# Diversity and weighted mean are those of the authors' code.
# Literature, top1 / many / medium / few: 72.9.
# Ours: not yet run.
# Launch: tools/dist_train.sh \
#    configs/baselines/ride/ride-teacher_r50_inat18.py 8
_base_ = [
    '../../_base_/models/experts_r50.py',
    '../../_base_/datasets/inat18_cnn.py',
    '../../_base_/schedules/ride.py',
    '../../_base_/default_runtime.py'
]
work_dir = 'work_dirs/ride-teacher_r50_inat18'
row_name = 'RIDE, teacher'
loss = dict(
    type='RIDELoss', class_counts={{_base_.class_counts}},
    diversity_weight=0.2, temperature_factor=0.015,
    diversity='mean', mean_over='weights')
model = dict(
    backbone=dict(num_experts=6),
    head=dict(num_experts=6, num_classes=8142, loss=loss))
train_dataloader = dict(batch_size=64)
optim_wrapper = dict(optimizer=dict(lr=0.2))
