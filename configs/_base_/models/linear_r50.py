# CLIP's RN50 image tower and a linear head, plain cross entropy.
model = dict(
    type='ImageClassifier',
    backbone=dict(
        type='OpenCLIPVisionBackbone',
        arch='RN50-quickgelu',
        frozen=True,
        norm_eval=True),
    head=dict(
        type='LinearClsHead',
        in_channels=1024,
        loss=dict(type='CrossEntropyLoss')))
