# The baseline from a CLIP: the same tiny CLIP tower and a linear head, plain
# cross entropy, instance-balanced, as many epochs as both VL-LTR stages.
# Launch: python tools/train.py configs/baselines/ce_tiny-clip_shapes_lt.py
_base_ = [
    '../_base_/datasets/shapes_lt.py', '../_base_/models/vlltr_tiny.py',
    '../_base_/schedules/tiny.py', '../_base_/default_runtime.py'
]
work_dir = 'work_dirs/ce_tiny-clip_shapes_lt'
row_name = 'Baseline'
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
train_cfg = dict(max_epochs=22, val_interval=11)
