# SSD, stage 1, on ResNeXt-50 32x4d: cross entropy, and a contrast to the last
# 115,712 images, an epoch of ImageNet-LT. The queue starts as the authors'.
row_name = 'SSD, stage 1'
model = dict(
    type='SelfSupervisedGuidedClassifier',
    backbone=dict(type='ResNeXt', depth=50, groups=32, width_per_group=4),
    neck=dict(type='GlobalAveragePooling'),
    projector=dict(type='MLPNeck', in_channels=2048, out_channels=128),
    momentum_encoder=dict(momentum=0.001),
    queue=dict(length=115712, dims=128, start='ssd'),
    contrast=dict(type='ClassMaskedContrastiveLoss', temperature=0.2),
    head=dict(
        type='LinearClsHead', in_channels=2048,
        loss=dict(type='CrossEntropyLoss')))
