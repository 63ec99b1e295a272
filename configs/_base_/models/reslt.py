# ResLT on ResNeXt-101 32x4d: three branches, one classifier. The authors' code
# pools before the block in its tests, which is not the same function.
row_name = 'ResLT'
model = dict(
    type='ImageClassifier',
    backbone=dict(type='ResNeXt', depth=101, groups=32, width_per_group=4),
    neck=dict(type='ResLTNeck', in_channels=2048, pool='first_at_test'),
    head=dict(
        type='ResLTClsHead', in_channels=3 * 2048, gamma=0.7,
        loss=dict(type='ResLTLoss', beta=0.99, unit='classes', floor=1e-7)))
