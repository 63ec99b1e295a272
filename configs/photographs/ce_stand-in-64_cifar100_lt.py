# Baseline: the stand-in's image tower and a linear head, plain cross entropy,
# instance-balanced, at 64 pixels, as many epochs as both VL-LTR stages.
# Launch: python tools/train.py \
#    configs/photographs/ce_stand-in-64_cifar100_lt.py
_base_ = [
    '../_base_/models/linear_stand-in.py',
    '../_base_/datasets/cifar100_lt_lite0-64.py',
    '../_base_/schedules/photographs.py', '../_base_/default_runtime.py'
]
work_dir = 'work_dirs/ce_stand-in-64_cifar100_lt'
row_name = 'CE'
train_dataloader = dict(
    sampler=dict(_delete_=True, type='DefaultSampler', shuffle=True))
train_cfg = dict(max_epochs=2, val_interval=2)
