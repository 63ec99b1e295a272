# GPaCo on CIFAR-100-LT: ResNet-32, 1024 keys. The views are ours: without
# AutoAugment and Cutout of the authors' code.
# Launch: python tools/train.py configs/cnn/gpaco_r32_cifar100_lt.py
_base_ = 'paco_r32_cifar100_lt.py'
work_dir = 'work_dirs/gpaco_r32_cifar100_lt'
row_name = 'GPaCo'
model = dict(
    momentum_encoder=None, projector=dict(num_layers=3, norm=False))
optim_wrapper = dict(optimizer=dict(lr=0.1))
