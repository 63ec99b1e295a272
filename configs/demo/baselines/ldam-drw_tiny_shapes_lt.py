# The demo's baseline with LDAM: wider margins for rare classes, and class
# weights too in the last fifth of the epochs (deferred re-weighting).
# Launch: python tools/train.py \
#    configs/demo/baselines/ldam-drw_tiny_shapes_lt.py
_base_ = 'ce_tiny_shapes_lt.py'
work_dir = 'work_dirs/ldam-drw_tiny_shapes_lt'
row_name = 'LDAM + DRW'
model = dict(head=dict(
    type='CosineLinearClsHead',
    loss=dict(
        type='LDAMLoss', class_counts={{_base_.class_counts}},
        max_margin=0.5, scale=30, beta=0.9999)))
custom_hooks = [dict(type='DeferredReweightingHook', begin=20)]
