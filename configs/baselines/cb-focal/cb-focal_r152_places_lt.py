# Class-balanced focal loss on Places-LT: ResNet-152 and 365 sigmoids, of which
# each starts at 1/365.
# Launch: tools/dist_train.sh \
#    configs/baselines/cb-focal/cb-focal_r152_places_lt.py 8
_base_ = '../ce/ce_r152_places_lt.py'
work_dir = 'work_dirs/cb-focal_r152_places_lt'
row_name = 'CB-Focal'
model = dict(head=dict(
    init_cfg=dict(type='Normal', layer='Linear', std=0.01, bias=-5.897),
    loss=dict(
        _delete_=True, type='ClassBalancedFocalLoss', beta=0.9999, gamma=0.5,
        class_counts={{_base_.class_counts}})))
