# A linear head on the stand-in's features of CIFAR-100-LT, cross entropy,
# instance-balanced.
# Launch: python tools/train.py \
#    configs/photographs/features/ce_stand-in_cifar100_lt.py
_base_ = [
    '../../_base_/models/features_linear.py',
    '../../_base_/datasets/cifar100_lt_stand-in.py',
    '../../_base_/schedules/features_field.py',
    '../../_base_/default_runtime.py'
]
work_dir = 'work_dirs/ce_stand-in_cifar100_lt'
row_name = 'CE'
model = dict(
    head=dict(
        num_classes={{_base_.num_classes}},
        in_channels={{_base_.embed_dims}}))
