# ResLT on CIFAR-100-LT: ResNet-32, a BatchNorm for each of three branches, of
# all, the 65 rarest and the 30 rarest classes.
# Launch: python tools/train.py configs/cnn/reslt_r32_cifar100_lt.py
_base_ = [
    '../_base_/models/reslt.py',
    '../_base_/datasets/cifar100_lt_32.py',
    '../_base_/schedules/short_resnet.py',
    '../_base_/default_runtime.py'
]
work_dir = 'work_dirs/reslt_r32_cifar100_lt'
model = dict(
    backbone=dict(_delete_=True, type='CIFARResNet', depth=32),
    neck=dict(in_channels=64, block='norm', pool='last'),
    head=dict(
        num_classes=100, in_channels=3 * 64, gamma=0.0,
        loss=dict(
            class_counts={{_base_.class_counts}}, beta=0.995,
            medium_below=65, few_below=30)))
