# The head on the tower of cvlp_tiny.py.
model = dict(
    type='ImageClassifier',
    backbone=dict(
        type='OpenCLIPVisionBackbone',
        arch=dict(
            embed_dim=128,
            vision_cfg=dict(
                image_size=48, layers=(1, 1, 1, 1), width=16, head_width=64),
            text_cfg=dict(
                context_length=77,
                vocab_size=49408,
                width=64,
                heads=2,
                layers=2)),
        frozen=True),
    head=dict(
        type='LGRHead',
        num_classes=60,
        in_channels=128,
        num_anchors=64,
        visual_weight=0.2,  # as published for ImageNet-LT; the formula: 0.5
        detach_norm=False,
        loss=dict(type='CrossEntropyLoss', use_soft=True)))
