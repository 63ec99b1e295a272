# Stage 2 on the tower of cvlp_tiny.py, or of cvlp_tiny-clip.py.
_base_ = 'linear_tiny.py'
model = dict(
    head=dict(
        _delete_=True,
        type='LGRHead',
        in_channels=128,
        num_anchors=64,
        visual_weight=0.2,  # as published for ImageNet-LT; the formula: 0.5
        detach_norm=False,
        loss=dict(type='CrossEntropyLoss', use_soft=True)))
