# Class-balanced focal loss on CIFAR-100-LT: ResNet-32 and 100 sigmoids, of
# which each starts at 1/100.
# Launch: python tools/train.py configs/cnn/cb-focal_r32_cifar100_lt.py
_base_ = 'ce_r32_cifar100_lt.py'
work_dir = 'work_dirs/cb-focal_r32_cifar100_lt'
row_name = 'CB-Focal'
model = dict(head=dict(
    init_cfg=dict(type='Normal', layer='Linear', std=0.01, bias=-4.595),
    loss=dict(
        _delete_=True, type='ClassBalancedFocalLoss', beta=0.9999, gamma=0.5,
        class_counts={{_base_.class_counts}})))
