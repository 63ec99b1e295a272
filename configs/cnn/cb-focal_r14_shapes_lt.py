# Class-balanced focal loss on the drawn shapes: ResNet-14 and 60 sigmoids, of
# which each starts at 1/60.
# Launch: python tools/train.py configs/cnn/cb-focal_r14_shapes_lt.py
_base_ = 'ce_r14_shapes_lt.py'
work_dir = 'work_dirs/cb-focal_r14_shapes_lt'
row_name = 'CB-Focal'
model = dict(head=dict(
    init_cfg=dict(type='Normal', layer='Linear', std=0.01, bias=-4.08),
    loss=dict(
        _delete_=True, type='ClassBalancedFocalLoss', beta=0.9999, gamma=0.5,
        class_counts={{_base_.class_counts}})))
