# The ResNet-32 of CIFAR of three experts; the loss is the recipe's.
model = dict(
    type='ImageClassifier',
    backbone=dict(
        type='ExpertCIFARResNet',
        depth=32,
        num_experts=3),
    neck=dict(type='GlobalAveragePooling'),
    head=dict(
        type='MultiExpertClsHead',
        num_experts=3,
        in_channels=48,
        scale=30.0))
