# Ablation 5 on shapes_lt from a tiny CLIP: a linear head.
# Paper, row 5 (ImageNet-LT, RN50): 62.1. Ours: docs/results.md.
# Launch: python tools/train.py \
#    configs/demo/ablations/row5-fc-head_tiny-clip_shapes_lt.py
_base_ = 'row1-full_tiny-clip_shapes_lt.py'
work_dir = 'work_dirs/row5-fc-head_tiny-clip_shapes_lt'
row_name = '5 FC head'
model = dict(
    head=dict(
        _delete_=True, type='LinearClsHead', num_classes=60, in_channels=128,
        loss=dict(type='CrossEntropyLoss')))
optim_wrapper = dict(optimizer=dict(lr=1e-2))
