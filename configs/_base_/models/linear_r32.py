# The ResNet-32 of CIFAR and a linear head, plain cross entropy.
model = dict(
    type='ImageClassifier',
    backbone=dict(type='CIFARResNet', depth=32),
    neck=dict(type='GlobalAveragePooling'),
    head=dict(
        type='LinearClsHead',
        in_channels=64,
        loss=dict(type='CrossEntropyLoss')))
