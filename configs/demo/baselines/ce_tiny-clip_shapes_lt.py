# The baseline from a CLIP: the same tiny CLIP tower and a linear head, plain
# cross entropy, instance-balanced, as many epochs as both VL-LTR stages.
# Launch: python tools/train.py \
#    configs/demo/baselines/ce_tiny-clip_shapes_lt.py
_base_ = [
    '../../_base_/models/linear_tiny-clip.py',
    '../../_base_/datasets/shapes_lt.py',
    '../../_base_/schedules/tiny.py',
    '../../_base_/default_runtime.py'
]
work_dir = 'work_dirs/ce_tiny-clip_shapes_lt'
row_name = 'Baseline'
model = dict(backbone=dict(frozen=False), head=dict(num_classes=60))
train_dataloader = dict(
    sampler=dict(_delete_=True, type='DefaultSampler', shuffle=True))
train_cfg = dict(max_epochs=22, val_interval=11)
