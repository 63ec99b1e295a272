# The demo's baseline with every class equally often in each batch of 64.
# Launch: python tools/train.py \
#    configs/demo/baselines/balanced-batches_tiny_shapes_lt.py
_base_ = 'ce_tiny_shapes_lt.py'
work_dir = 'work_dirs/balanced-batches_tiny_shapes_lt'
row_name = 'Balanced batches'
train_dataloader = dict(
    sampler=dict(_delete_=True, type='BatchBalancedSampler', batch_size=64))
