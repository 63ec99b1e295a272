# The image tower of the stand-in for CLIP and a linear head, plain cross
# entropy.
_base_ = 'stand-in_arch.py'
model = dict(
    type='ImageClassifier',
    backbone=dict(
        type='OpenCLIPVisionBackbone', arch={{_base_.arch}},
        pretrained={{_base_.clip}}, norm_eval=True),
    head=dict(
        type='LinearClsHead', num_classes=100, in_channels=512,
        loss=dict(type='CrossEntropyLoss')))
