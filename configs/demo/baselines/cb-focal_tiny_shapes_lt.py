# The demo's baseline with the focal loss of 60 sigmoids, weighted by the
# effective number of images of the class; the bias lets each start at 1/60.
# Launch: python tools/train.py \
#    configs/demo/baselines/cb-focal_tiny_shapes_lt.py
_base_ = 'ce_tiny_shapes_lt.py'
work_dir = 'work_dirs/cb-focal_tiny_shapes_lt'
row_name = 'Class-balanced focal'
model = dict(head=dict(
    init_cfg=dict(type='Normal', layer='Linear', std=0.01, bias=-4.08),
    loss=dict(
        type='ClassBalancedFocalLoss', class_counts={{_base_.class_counts}},
        beta=0.9999, gamma=0.5)))
