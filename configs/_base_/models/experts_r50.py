# ResNet-50 of three experts, from scratch; the loss is the recipe's.
model = dict(
    type='ImageClassifier',
    backbone=dict(
        type='ExpertResNet',
        depth=50,
        num_experts=3,
        zero_init_residual=False),
    neck=dict(type='GlobalAveragePooling'),
    head=dict(
        type='MultiExpertClsHead',
        num_experts=3,
        in_channels=1536,
        scale=30.0))
