# Ablation 5 on CIFAR-100-LT from a tiny CLIP: a linear head.
# Paper, row 5 (ImageNet-LT, RN50): 62.1. Ours: docs/results.md.
# Launch: python tools/train.py \
#    configs/demo/ablations/row5-fc-head_tiny-clip_cifar100_lt.py
_base_ = 'row1-full_tiny-clip_cifar100_lt.py'
work_dir = 'work_dirs/row5-fc-head_tiny-clip_cifar100_lt'
row_name = '5 FC head'
model = dict(
    head=dict(
        _delete_=True, type='LinearClsHead', num_classes=100, in_channels=128,
        loss=dict(type='CrossEntropyLoss')))
optim_wrapper = dict(optimizer=dict(lr=1e-2))
