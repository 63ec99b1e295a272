# ImageNet-LT: 115,846 training images, 1280 to 5 a class; 20 a class in val,
# 50 in test.
_base_ = 'clip_224.py'
data_preprocessor = dict(num_classes=1000)
train_dataloader = dict(
    dataset=dict(
        type='ImageNetLT',
        data_root='data/imagenet',
        split='train',
        pipeline={{_base_.train_pipeline}}))
val_dataloader = dict(
    dataset=dict(
        type='ImageNetLT',
        data_root='data/imagenet',
        split='val',
        pipeline={{_base_.test_pipeline}}))
test_dataloader = dict(
    dataset=dict(
        type='ImageNetLT',
        data_root='data/imagenet',
        split='test',
        pipeline={{_base_.test_pipeline}}))
