# The tower that cRT and LWS go on from: the baseline, for as many epochs as
# leave them the rest of the same total.
# Launch: python tools/train.py \
#    configs/demo/baselines/ce-tower_tiny-clip_shapes_lt.py
_base_ = 'ce_tiny-clip_shapes_lt.py'
work_dir = 'work_dirs/ce-tower_tiny-clip_shapes_lt'
row_name = 'Tower of cRT and LWS'
train_cfg = dict(max_epochs=12, val_interval=12)
