# ce_stand-in_cifar100_lt with log(n / N) added to the logits in training, where
# n of N images are of the class.
# Launch: python tools/train.py \
#    configs/photographs/features/la_stand-in_cifar100_lt.py
_base_ = 'ce_stand-in_cifar100_lt.py'
work_dir = 'work_dirs/la_stand-in_cifar100_lt'
row_name = 'LA'
model = dict(head=dict(loss=dict(
    _delete_=True, type='LogitAdjustedLoss',
    class_counts={{_base_.class_counts}})))
