# SSD, stage 1, on CIFAR-100-LT: ResNet-32. Cross entropy and a contrast
# between images of different classes, of which an epoch is kept.
# Launch: python tools/train.py configs/cnn/ssd-stage1_r32_cifar100_lt.py
_base_ = [
    '../_base_/models/ssd1.py',
    '../_base_/datasets/cifar100_lt_32_views.py',
    '../_base_/schedules/ssd.py',
    '../_base_/schedules/short_epochs.py',
    '../_base_/default_runtime.py'
]
work_dir = 'work_dirs/ssd-stage1_r32_cifar100_lt'
model = dict(
    backbone=dict(_delete_=True, type='CIFARResNet', depth=32),
    projector=dict(in_channels=64, out_channels=32),
    queue=dict(length=10752, dims=32),
    head=dict(in_channels=64, num_classes=100))
param_scheduler = dict(T_max=_base_.max_epochs)
train_cfg = dict(max_epochs=_base_.max_epochs, val_interval=10)
