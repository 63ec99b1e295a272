# SSD, stages 2 and 4: one learned scale per class on a frozen network and its
# classifier. BatchNorm uses the batch, as in the authors' code.
model = dict(
    type='FrozenTrunkClassifier',
    norm_eval=False,
    backbone=dict(type='ResNeXt', depth=50, groups=32, width_per_group=4),
    neck=dict(type='GlobalAveragePooling'),
    head=dict(
        type='LWSClsHead', in_channels=2048,
        loss=dict(type='CrossEntropyLoss')))
