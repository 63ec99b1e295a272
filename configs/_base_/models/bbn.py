# BBN on ResNet-50, with the factor 2 and the divisor of the authors' code.
row_name = 'BBN'
model = dict(
    type='BBNClassifier',
    scale=2.0,
    divisor='official',
    backbone=dict(type='BBNResNet', depth=50, zero_init_residual=False),
    neck=dict(type='GlobalAveragePooling'),
    head=dict(
        type='LinearClsHead',
        in_channels=4096,
        loss=dict(type='CrossEntropyLoss')))
