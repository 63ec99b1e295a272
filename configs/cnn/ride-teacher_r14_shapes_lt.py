# RIDE on the drawn shapes, stage 1 of 3: the teacher, six experts of ResNet-14.
# Launch: python tools/train.py configs/cnn/ride-teacher_r14_shapes_lt.py
_base_ = [
    '../_base_/models/experts_r32.py',
    '../_base_/datasets/shapes_lt_32.py',
    '../_base_/schedules/short_resnet.py',
    '../_base_/default_runtime.py'
]
work_dir = 'work_dirs/ride-teacher_r14_shapes_lt'
row_name = 'RIDE, teacher'
loss = dict(
    type='RIDELoss', class_counts={{_base_.class_counts}},
    diversity_weight=0.45, diversity='mean', mean_over='weights')
model = dict(
    backbone=dict(depth=14, num_experts=6),
    head=dict(num_experts=6, num_classes=60, loss=loss))
custom_hooks = [dict(
    type='DeferredReweightingHook', begin=_base_.max_epochs * 4 // 5)]
