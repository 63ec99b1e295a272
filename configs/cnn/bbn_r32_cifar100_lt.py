# BBN on CIFAR-100-LT: ResNet-32, as many epochs as the other rows.
# Launch: python tools/train.py configs/cnn/bbn_r32_cifar100_lt.py
_base_ = [
    '../_base_/models/bbn.py',
    '../_base_/datasets/cifar100_lt_32.py',
    '../_base_/schedules/short_resnet.py',
    '../_base_/default_runtime.py'
]
work_dir = 'work_dirs/bbn_r32_cifar100_lt'
data_preprocessor = dict(type='DualSampleDataPreprocessor')
model = dict(
    backbone=dict(_delete_=True, type='BBNCIFARResNet', depth=32),
    head=dict(num_classes=100, in_channels=128))
train_dataloader = dict(
    batch_size=128,
    dataset=dict(
        _delete_=True, type='DualSampleDataset', power=-1,
        dataset=dict(
            **_base_.images, ann_file='CIFAR100_LT_train.txt',
            pipeline={{_base_.train_pipeline}})))
