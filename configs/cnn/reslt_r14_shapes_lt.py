# ResLT on the drawn shapes: ResNet-14, a BatchNorm for each of three branches, of
# all, the 39 rarest and the 18 rarest classes.
# Launch: python tools/train.py configs/cnn/reslt_r14_shapes_lt.py
_base_ = [
    '../_base_/models/reslt.py',
    '../_base_/datasets/shapes_lt_32.py',
    '../_base_/schedules/short_resnet.py',
    '../_base_/default_runtime.py'
]
work_dir = 'work_dirs/reslt_r14_shapes_lt'
model = dict(
    backbone=dict(_delete_=True, type='CIFARResNet', depth=14),
    neck=dict(in_channels=64, block='norm', pool='last'),
    head=dict(
        num_classes=60, in_channels=3 * 64, gamma=0.0,
        loss=dict(
            class_counts={{_base_.class_counts}}, beta=0.995,
            medium_below=39, few_below=18)))
