# The image tower of the tiny CLIP and a linear head, plain cross entropy.
_base_ = 'tiny_arch.py'
model = dict(
    type='ImageClassifier',
    backbone=dict(
        type='OpenCLIPVisionBackbone', arch={{_base_.arch}}, frozen=True),
    head=dict(
        type='LinearClsHead',
        in_channels=128,
        loss=dict(type='CrossEntropyLoss')))
