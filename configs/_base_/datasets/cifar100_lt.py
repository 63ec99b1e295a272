# CIFAR-100-LT, imbalance factor 100, 32-pixel photographs in the ImageNet-LT
# layout, enlarged to 64 because CLIP's ResNet reduces its input by 32:
# data/cifar100_lt/{train,val,test}, CIFAR100_LT_*.txt, labels.txt.
_base_ = 'clip.py'
data_preprocessor = dict(num_classes=100)
class_counts = 'data/cifar100_lt/CIFAR100_LT_train.txt'  # for losses
corpus = dict(sources=[
    dict(type='PromptTemplates'),
    dict(type='WikiTexts', root='data/cifar100_lt/wiki')
])
after_crop = [
    dict(type='RandomFlip', prob=0.5, direction='horizontal'),
    dict(type='PackInputs'),
]
train_pipeline = [
    dict(type='LoadImageFromFile'),
    dict(
        type='RandomResizedCrop', scale=64, crop_ratio_range=(0.4, 1.0),
        interpolation='bicubic'),
    *after_crop
]
test_pipeline = [
    dict(type='LoadImageFromFile'),
    dict(type='Resize', scale=64, interpolation='bicubic'),
    dict(type='PackInputs'),
]
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
