# lgr_stand-in_cifar100_lt with logit adjustment of both branches.
# Launch: python tools/train.py \
#    configs/photographs/features/lgr-la_stand-in_cifar100_lt.py
_base_ = 'lgr_stand-in_cifar100_lt.py'
work_dir = 'work_dirs/lgr-la_stand-in_cifar100_lt'
row_name = 'LGR + LA'
model = dict(head=dict(loss=dict(
    _delete_=True, type='LogitAdjustedLoss',
    class_counts={{_base_.class_counts}})))
