# smDRAGON on CIFAR-100-LT, first of three stages: cross entropy, ResNet-32, on
# the training images less a tenth of each class.
# Launch: python tools/train.py configs/cnn/smdragon-rest_r32_cifar100_lt.py
_base_ = 'ce_r32_cifar100_lt.py'
work_dir = 'work_dirs/smdragon-rest_r32_cifar100_lt'
row_name = 'smDRAGON, stage 1'
images = dict(
    **_base_.images, ann_file='CIFAR100_LT_train.txt',
    pipeline={{_base_.train_pipeline}})
train_dataloader = dict(dataset=dict(
    _delete_=True, type='HoldOutDataset', part='rest', dataset=images))
