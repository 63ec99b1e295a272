# cRT on shapes_lt from a tiny CLIP: a fresh linear head on the frozen tower of
# the baseline, class-balanced.
# Launch: python tools/train.py \
#    configs/demo/baselines/crt_tiny-clip_shapes_lt.py
_base_ = [
    '../../_base_/models/linear_tiny.py',
    '../../_base_/datasets/shapes_lt.py',
    '../../_base_/schedules/tiny.py',
    '../../_base_/default_runtime.py'
]
work_dir = 'work_dirs/crt_tiny-clip_shapes_lt'
row_name = 'cRT'
pretrain_config = 'ce-tower_tiny-clip_shapes_lt.py'
pretrain_work_dir = 'work_dirs/ce-tower_tiny-clip_shapes_lt'
model = dict(
    backbone=dict(pretrained=f'{pretrain_work_dir}/epoch_12.pth'),
    head=dict(num_classes=60))
train_dataloader = dict(sampler=dict(power=0))
optim_wrapper = dict(optimizer=dict(lr=1e-2))
train_cfg = dict(max_epochs=10, val_interval=10)
