# SADE on CIFAR-100-LT: three experts of ResNet-32.
# Launch: python tools/train.py configs/cnn/sade_r32_cifar100_lt.py
_base_ = [
    '../_base_/models/experts_r32.py',
    '../_base_/datasets/cifar100_lt_32.py',
    '../_base_/schedules/short_resnet.py',
    '../_base_/default_runtime.py'
]
work_dir = 'work_dirs/sade_r32_cifar100_lt'
row_name = 'SADE'
model = dict(head=dict(
    num_classes=100,
    loss=dict(
        type='DiverseExpertLoss', class_counts={{_base_.class_counts}},
        tau=2.0)))
