# LWS on CIFAR-100-LT from a tiny CLIP: one learned scale per class on the
# frozen tower and linear head of the baseline, class-balanced.
# Launch: python tools/train.py configs/baselines/lws_tiny-clip_cifar100_lt.py
_base_ = [
    '../_base_/models/vlltr_tiny.py', '../_base_/datasets/cifar100_lt_48.py',
    '../_base_/schedules/tiny.py', '../_base_/default_runtime.py'
]
work_dir = 'work_dirs/lws_tiny-clip_cifar100_lt'
row_name = 'LWS'
pretrain_config = 'ce-tower_tiny-clip_cifar100_lt.py'
pretrain_work_dir = 'work_dirs/ce-tower_tiny-clip_cifar100_lt'
model = dict(
    backbone=dict(
        pretrained='work_dirs/ce-tower_tiny-clip_cifar100_lt/epoch_6.pth'),
    head=dict(
        _delete_=True,
        type='LWSClsHead',
        num_classes=100,
        in_channels=128,
        linear='work_dirs/ce-tower_tiny-clip_cifar100_lt/epoch_6.pth'))
train_dataloader = dict(sampler=dict(power=0))
optim_wrapper = dict(optimizer=dict(lr=1e-2))
train_cfg = dict(max_epochs=3, val_interval=3)
