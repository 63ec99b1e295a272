# cvlp_stand-in_cifar100_lt at 64 pixels, minutes on CPUs.
# Launch: python tools/train.py \
#    configs/photographs/cvlp_stand-in-64_cifar100_lt.py
_base_ = [
    '../_base_/models/cvlp_stand-in.py',
    '../_base_/datasets/cifar100_lt_lite0-64.py',
    '../_base_/schedules/photographs_cvlp.py', '../_base_/default_runtime.py'
]
work_dir = 'work_dirs/cvlp_stand-in-64_cifar100_lt'
train_dataloader = dict(dataset=dict(
    type='TextCorpusDataset', dataset='ImageNetLT', corpus={{_base_.corpus}}))
train_cfg = dict(max_epochs=1, val_interval=1)
