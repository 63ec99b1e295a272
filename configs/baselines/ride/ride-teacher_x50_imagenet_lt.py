# RIDE on ImageNet-LT, stage 1 of 3: the teacher, six experts on ResNeXt-50.
# Diversity and weighted mean are those of the authors' code.
# Literature, top1 / many / medium / few: 57.5 / 68.9 / 54.3 / 36.5.
# Ours: not yet run.
# Launch: tools/dist_train.sh \
#    configs/baselines/ride/ride-teacher_x50_imagenet_lt.py 8
_base_ = [
    '../../_base_/models/experts_x50.py',
    '../../_base_/datasets/imagenet_lt_cnn.py',
    '../../_base_/schedules/ride.py',
    '../../_base_/default_runtime.py'
]
work_dir = 'work_dirs/ride-teacher_x50_imagenet_lt'
row_name = 'RIDE, teacher'
loss = dict(
    type='RIDELoss', class_counts={{_base_.class_counts}},
    diversity_weight=0.2, temperature_factor=0.02,
    diversity='mean', mean_over='weights')
model = dict(
    backbone=dict(num_experts=6),
    head=dict(num_experts=6, num_classes=1000, loss=loss))
train_dataloader = dict(batch_size=32)
