# Stage 2: the head on the frozen image tower of stage 1. Soft targets from
# Mixup or CutMix, one of them at random for each batch, and smoothing.
model = dict(
    type='ImageClassifier',
    backbone=dict(type='OpenCLIPVisionBackbone', frozen=True),
    head=dict(
        type='LGRHead',
        num_anchors=64,
        visual_weight=0.2,  # of the published top1; the formula has 0.5
        detach_norm=False,
        loss=dict(
            type='LabelSmoothLoss', label_smooth_val=0.1, mode='original')),
    train_cfg=dict(augments=[
        dict(type='Mixup', alpha=0.8),
        dict(type='CutMix', alpha=1.0)
    ]))
