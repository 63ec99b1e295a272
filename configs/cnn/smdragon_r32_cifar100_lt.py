# smDRAGON on CIFAR-100-LT: cross entropy, ResNet-32, on all training images;
# tested with the weights of classes of the stage before. A re-implementation,
# details are ours.
# Launch: python tools/train.py configs/cnn/smdragon_r32_cifar100_lt.py
_base_ = 'ce_r32_cifar100_lt.py'
work_dir = 'work_dirs/smdragon_r32_cifar100_lt'
row_name = 'smDRAGON'
pretrain_config = 'smdragon-fit_r32_cifar100_lt.py'
pretrain_work_dir = 'work_dirs/smdragon-fit_r32_cifar100_lt'
model = dict(
    head=dict(
        type='FamiliarityClsHead', trains='linear',
        weights=f'{pretrain_work_dir}/epoch_10.pth',
        class_counts={{_base_.class_counts}}))
