# The baseline on the drawn shapes: ResNet-14 from scratch, plain cross entropy.
# Launch: python tools/train.py configs/cnn/ce_r14_shapes_lt.py
_base_ = [
    '../_base_/models/linear_r32.py',
    '../_base_/datasets/shapes_lt_32.py',
    '../_base_/schedules/short_resnet.py',
    '../_base_/default_runtime.py'
]
work_dir = 'work_dirs/ce_r14_shapes_lt'
row_name = 'CE'
model = dict(backbone=dict(depth=14), head=dict(num_classes=60))
