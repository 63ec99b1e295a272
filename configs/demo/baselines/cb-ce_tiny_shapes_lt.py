# The demo's baseline with cross entropy weighted by the effective number of
# images of the class.
# Launch: python tools/train.py configs/demo/baselines/cb-ce_tiny_shapes_lt.py
_base_ = 'ce_tiny_shapes_lt.py'
work_dir = 'work_dirs/cb-ce_tiny_shapes_lt'
row_name = 'Class-balanced CE'
model = dict(head=dict(loss=dict(
    type='ClassBalancedCELoss', class_counts={{_base_.class_counts}},
    beta=0.9999)))
