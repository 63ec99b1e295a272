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
steady_view = [  # for TestTimeAggregationHook
    dict(
        type='RandomResizedCrop', scale=32, crop_ratio_range=(0.2, 1.0),
        backend='pillow', interpolation='bilinear'),
    dict(type='NumpyToPIL', to_rgb=True),
    dict(
        type='RandomApply', prob=0.8,
        transforms=[dict(
            type='torchvision/ColorJitter', brightness=0.4, contrast=0.4,
            saturation=0.4, hue=0.1)]),
    dict(type='torchvision/RandomGrayscale', p=0.2),
    dict(type='PILToNumpy', to_bgr=True),
    dict(type='RandomFlip', prob=0.5, direction='horizontal'),
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
