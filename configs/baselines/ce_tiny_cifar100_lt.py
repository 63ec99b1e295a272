# The baseline on CIFAR-100-LT: the same tower from scratch and a linear head,
# plain cross entropy, as many epochs as both VL-LTR stages.
# Launch: python tools/train.py configs/baselines/ce_tiny_cifar100_lt.py
_base_ = [
    '../_base_/models/vlltr_tiny.py', '../_base_/datasets/cifar100_lt.py',
    '../_base_/schedules/tiny.py', '../_base_/default_runtime.py'
]
work_dir = 'work_dirs/ce_tiny_cifar100_lt'
model = dict(
    backbone=dict(img_size=64, frozen=False),
    head=dict(
        _delete_=True,
        type='LinearClsHead',
        num_classes=100,
        in_channels=128,
        loss=dict(type='CrossEntropyLoss')))
train_dataloader = dict(
    sampler=dict(_delete_=True, type='DefaultSampler', shuffle=True))
train_cfg = dict(max_epochs=25, val_interval=25)
