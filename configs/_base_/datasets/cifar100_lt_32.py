# CIFAR-100-LT, imbalance factor 100, at its own 32 px, for ResNet-32: a crop of
# the image with 4 zeros around it, and mirror images.
_base_ = 'cnn.py'
data_preprocessor = dict(
    num_classes=100,
    mean=[125.307, 122.961, 113.8575],  # .4914 .4822 .4465, times 255
    std=[51.5865, 50.847, 51.255])  # .2023 .1994 .2010
class_counts = 'data/cifar100_lt/CIFAR100_LT_train.txt'  # for losses
train_pipeline = [
    dict(type='LoadImageFromFile'),
    dict(type='RandomCrop', crop_size=32, padding=4),
    dict(type='RandomFlip', prob=0.5, direction='horizontal'),
    dict(type='PackInputs'),
]
test_pipeline = [dict(type='LoadImageFromFile'), dict(type='PackInputs')]
images = dict(
    type='ImageNetLT', data_root='data/cifar100_lt',
    train_ann_file='CIFAR100_LT_train.txt')
train_dataloader = dict(
    batch_size=128, num_workers=1,
    dataset=dict(
        **images, ann_file='CIFAR100_LT_train.txt', pipeline=train_pipeline))
val_dataloader = dict(
    batch_size=256, num_workers=1,
    dataset=dict(
        **images, ann_file='CIFAR100_LT_val.txt', pipeline=test_pipeline))
test_dataloader = dict(
    batch_size=256, num_workers=1,
    dataset=dict(
        **images, ann_file='CIFAR100_LT_test.txt', pipeline=test_pipeline))
