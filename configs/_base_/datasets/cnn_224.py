# The three benchmarks as the long-tail literature trains ResNets on them: 224
# px, bilinear, colour jitter (which iNaturalist 2018 is trained without).
_base_ = 'cnn.py'
crop = [
    dict(type='LoadImageFromFile'),
    dict(
        type='RandomResizedCrop', scale=224, crop_ratio_range=(0.08, 1.0),
        backend='pillow', interpolation='bilinear'),
    dict(type='RandomFlip', prob=0.5, direction='horizontal'),
]
train_pipeline = [
    *crop,
    dict(  # the grey of cv2 is that of BGR, as images are here
        type='ColorJitter', brightness=0.4, contrast=0.4, saturation=0.4,
        backend='cv2'),
    dict(type='PackInputs'),
]
steady_view = [  # MoCo v2's, for TestTimeAggregationHook
    dict(
        type='RandomResizedCrop', scale=224, crop_ratio_range=(0.2, 1.0),
        backend='pillow', interpolation='bilinear'),
    dict(type='NumpyToPIL', to_rgb=True),
    dict(
        type='RandomApply', prob=0.8,
        transforms=[dict(
            type='torchvision/ColorJitter', brightness=0.4, contrast=0.4,
            saturation=0.4, hue=0.1)]),
    dict(type='torchvision/RandomGrayscale', p=0.2),
    dict(type='PILToNumpy', to_bgr=True),
    dict(
        type='GaussianBlur', magnitude_range=(0.1, 2.0), magnitude_std='inf',
        prob=0.5),
    dict(type='RandomFlip', prob=0.5, direction='horizontal'),
]
test_pipeline = [
    dict(type='LoadImageFromFile'),
    dict(
        type='ResizeEdge', scale=256, edge='short',
        backend='pillow', interpolation='bilinear'),
    dict(type='CenterCrop', crop_size=224),
    dict(type='PackInputs'),
]
train_dataloader = dict(
    batch_size=32, num_workers=8,
    dataset=dict(split='train', pipeline=train_pipeline))
val_dataloader = dict(
    batch_size=128, num_workers=8,
    dataset=dict(split='val', pipeline=test_pipeline))
test_dataloader = dict(
    batch_size=128, num_workers=8,
    dataset=dict(split='test', pipeline=test_pipeline))
