# The baseline on CIFAR-100-LT: the same tower from scratch and a linear head,
# plain cross entropy, as many epochs as both VL-LTR stages.
# Launch: python tools/train.py configs/demo/baselines/ce_tiny_cifar100_lt.py
_base_ = [
    '../../_base_/models/linear_tiny.py',
    '../../_base_/datasets/cifar100_lt.py',
    '../../_base_/schedules/tiny.py',
    '../../_base_/default_runtime.py'
]
work_dir = 'work_dirs/ce_tiny_cifar100_lt'
model = dict(
    backbone=dict(img_size=64, frozen=False), head=dict(num_classes=100))
train_dataloader = dict(
    sampler=dict(_delete_=True, type='DefaultSampler', shuffle=True))
train_cfg = dict(max_epochs=25, val_interval=25)
