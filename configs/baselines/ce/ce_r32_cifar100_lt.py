# Cross entropy on CIFAR-100-LT: ResNet-32 from scratch.
# Launch: python tools/train.py configs/baselines/ce/ce_r32_cifar100_lt.py
_base_ = [
    '../../_base_/models/resnet50.py',
    '../../_base_/datasets/cifar100_lt_32.py',
    '../../_base_/schedules/cifar100_lt_r32.py',
    '../../_base_/default_runtime.py'
]
work_dir = 'work_dirs/ce_r32_cifar100_lt'
row_name = 'CE'
model = dict(
    backbone=dict(_delete_=True, type='CIFARResNet', depth=32),
    head=dict(num_classes=100, in_channels=64))
