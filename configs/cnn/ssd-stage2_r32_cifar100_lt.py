# SSD, stage 2, on CIFAR-100-LT, ResNet-32: one learned scale per class on the
# frozen network and classifier of stage 1.
# Launch: python tools/train.py configs/cnn/ssd-stage2_r32_cifar100_lt.py
_base_ = [
    '../_base_/models/ssd2.py',
    '../_base_/datasets/cifar100_lt_32.py',
    '../_base_/schedules/ssd_scales.py',
    '../_base_/schedules/short_epochs.py',
    '../_base_/default_runtime.py'
]
work_dir = 'work_dirs/ssd-stage2_r32_cifar100_lt'
row_name = 'SSD, stage 2'
pretrain_config = 'ssd-stage1_r32_cifar100_lt.py'
pretrain_work_dir = 'work_dirs/ssd-stage1_r32_cifar100_lt'
before = f'{pretrain_work_dir}/epoch_{_base_.max_epochs}.pth'
model = dict(
    backbone=dict(
        _delete_=True, type='CIFARResNet', depth=32, init_cfg=dict(
            type='Pretrained', prefix='backbone.', checkpoint=before)),
    head=dict(num_classes=100, in_channels=64, linear=before))
train_dataloader = dict(
    sampler=dict(
        _delete_=True, type='ClassBalancedSampler', power=0, per_class=2))
