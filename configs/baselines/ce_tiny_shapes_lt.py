# The demo's baseline: the same tower from scratch and a linear head, plain
# cross entropy, instance-balanced, as many epochs as both VL-LTR stages.
# Launch: python tools/train.py configs/baselines/ce_tiny_shapes_lt.py
_base_ = [
    '../_base_/models/vlltr_tiny.py', '../_base_/datasets/shapes_lt.py',
    '../_base_/schedules/tiny.py', '../_base_/default_runtime.py'
]
work_dir = 'work_dirs/ce_tiny_shapes_lt'
model = dict(
    backbone=dict(frozen=False),
    head=dict(
        _delete_=True,
        type='LinearClsHead',
        num_classes=60,
        in_channels=128,
        loss=dict(type='CrossEntropyLoss')))
train_dataloader = dict(
    sampler=dict(_delete_=True, type='DefaultSampler', shuffle=True))
train_cfg = dict(max_epochs=25, val_interval=25)
