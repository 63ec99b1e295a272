# SADE on the drawn shapes: three experts of ResNet-14.
# Launch: python tools/train.py configs/cnn/sade_r14_shapes_lt.py
_base_ = [
    '../_base_/models/experts_r32.py',
    '../_base_/datasets/shapes_lt_32.py',
    '../_base_/schedules/short_resnet.py',
    '../_base_/default_runtime.py'
]
work_dir = 'work_dirs/sade_r14_shapes_lt'
row_name = 'SADE'
model = dict(
    backbone=dict(depth=14),
    head=dict(
        num_classes=60,
        loss=dict(
            type='DiverseExpertLoss', class_counts={{_base_.class_counts}},
            tau=2.0)))
