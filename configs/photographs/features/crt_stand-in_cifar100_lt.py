# cRT: ce_stand-in_cifar100_lt with class-balanced sampling. The tower is frozen
# in all rows, so that this is its second stage.
# Launch: python tools/train.py \
#    configs/photographs/features/crt_stand-in_cifar100_lt.py
_base_ = 'ce_stand-in_cifar100_lt.py'
work_dir = 'work_dirs/crt_stand-in_cifar100_lt'
row_name = 'cRT'
train_dataloader = dict(sampler=dict(power=0))
