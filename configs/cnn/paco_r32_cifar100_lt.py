# PaCo on CIFAR-100-LT: ResNet-32, 1024 keys. The views are ours: without
# AutoAugment and Cutout of the authors' code.
# Launch: python tools/train.py configs/cnn/paco_r32_cifar100_lt.py
_base_ = [
    '../_base_/models/paco.py',
    '../_base_/datasets/cifar100_lt_32_views.py',
    '../_base_/schedules/short_paco.py',
    '../_base_/default_runtime.py'
]
work_dir = 'work_dirs/paco_r32_cifar100_lt'
model = dict(
    backbone=dict(_delete_=True, type='CIFARResNet', depth=32),
    projector=dict(in_channels=64, out_channels=32),
    queue=dict(length=1024, dims=32, num_classes=100),
    head=dict(
        num_classes=100, in_channels=64,
        loss=dict(
            class_counts={{_base_.class_counts}}, alpha=0.01,
            temperature=0.05)))
