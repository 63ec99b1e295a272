# LWS on CIFAR-100-LT from a tiny CLIP: one learned scale per class on the
# frozen tower and linear head of the baseline, class-balanced.
# Launch: python tools/train.py \
#    configs/demo/baselines/lws_tiny-clip_cifar100_lt.py
_base_ = [
    '../../_base_/models/lws_tiny.py',
    '../../_base_/datasets/cifar100_lt_48.py',
    '../../_base_/schedules/tiny.py',
    '../../_base_/default_runtime.py'
]
work_dir = 'work_dirs/lws_tiny-clip_cifar100_lt'
pretrain_config = 'ce-tower_tiny-clip_cifar100_lt.py'
pretrain_work_dir = 'work_dirs/ce-tower_tiny-clip_cifar100_lt'
baseline = f'{pretrain_work_dir}/epoch_6.pth'
model = dict(
    backbone=dict(pretrained=baseline),
    head=dict(num_classes=100, linear=baseline))
train_dataloader = dict(sampler=dict(power=0))
optim_wrapper = dict(optimizer=dict(lr=1e-2))
train_cfg = dict(max_epochs=3, val_interval=3)
