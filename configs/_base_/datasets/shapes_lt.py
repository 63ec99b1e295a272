# 48-pixel pictures of textured, coloured shapes, 200 to 4 training images per
# class: tools/dataset_converters/make_shapes_lt.py --out data
_base_ = 'clip.py'
data_preprocessor = dict(num_classes=60)
class_counts = 'data/shapes_lt/ImageNet_LT_train.txt'  # for losses
corpus = dict(sources=[
    dict(type='PromptTemplates'),
    dict(type='WikiTexts', root='data/shapes_lt/wiki')
])
train_pipeline = [
    dict(type='LoadImageFromFile'),
    dict(
        type='RandomResizedCrop', scale=48, crop_ratio_range=(0.5, 1.0),
        interpolation='bicubic'),
    dict(type='RandomFlip', prob=0.5, direction='horizontal'),
    dict(type='PackInputs'),
]
test_pipeline = [
    dict(type='LoadImageFromFile'),
    dict(type='Resize', scale=48, interpolation='bicubic'),  # of 48: none
    dict(type='PackInputs'),
]
images = dict(type='ImageNetLT', data_root='data/shapes_lt')
train_dataloader = dict(
    batch_size=64, num_workers=1,
    dataset=dict(**images, split='train', pipeline=train_pipeline))
val_dataloader = dict(
    batch_size=128, num_workers=1,
    dataset=dict(**images, split='val', pipeline=test_pipeline))
test_dataloader = dict(
    batch_size=128, num_workers=1,
    dataset=dict(**images, split='test', pipeline=test_pipeline))
