# An image tower of CLIP and a linear head, plain cross entropy.
model = dict(
    type='ImageClassifier',
    backbone=dict(
        type='OpenCLIPVisionBackbone', frozen=True, norm_eval=True),
    head=dict(
        type='LinearClsHead', loss=dict(type='CrossEntropyLoss')))
