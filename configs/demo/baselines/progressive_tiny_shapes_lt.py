# The demo's baseline drawn by image in the first epoch and by class in the
# last, with a mixture of the two between.
# Launch: python tools/train.py \
#    configs/demo/baselines/progressive_tiny_shapes_lt.py
_base_ = 'ce_tiny_shapes_lt.py'
work_dir = 'work_dirs/progressive_tiny_shapes_lt'
row_name = 'Progressively balanced'
train_dataloader = dict(
    sampler=dict(
        _delete_=True, type='ProgressivelyBalancedSampler', max_epochs=25))
