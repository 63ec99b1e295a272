# The tower that cRT and LWS go on from: the baseline, for as many epochs as
# leave them the rest of the same total.
# Launch: python tools/train.py \
#    configs/baselines/ce-tower_tiny-clip_shapes_lt.py
_base_ = [
    '../_base_/datasets/shapes_lt.py', '../_base_/models/vlltr_tiny.py',
    '../_base_/schedules/tiny.py', '../_base_/default_runtime.py'
]
work_dir = 'work_dirs/ce-tower_tiny-clip_shapes_lt'
pretrain_config = '../clip_tiny_shapes.py'
pretrain_work_dir = 'work_dirs/clip_tiny_shapes'
model = dict(
    backbone=dict(
        pretrained='work_dirs/clip_tiny_shapes/epoch_12.pth', frozen=False),
    head=dict(
        _delete_=True,
        type='LinearClsHead',
        num_classes=60,
        in_channels=128,
        loss=dict(type='CrossEntropyLoss')))
train_dataloader = dict(
    sampler=dict(_delete_=True, type='DefaultSampler', shuffle=True))
train_cfg = dict(max_epochs=12, val_interval=12)
