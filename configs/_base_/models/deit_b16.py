# DeiT-B/16 of MMPretrain and a linear head, trained with mixed images.
model = dict(
    type='ImageClassifier',
    backbone=dict(
        type='VisionTransformer', arch='deit-base', img_size=224,
        patch_size=16, drop_path_rate=0.1),
    head=dict(
        type='LinearClsHead',
        in_channels=768,
        loss=dict(
            type='LabelSmoothLoss', label_smooth_val=0.1, mode='original')),
    train_cfg=dict(augments=[
        dict(type='Mixup', alpha=0.8),
        dict(type='CutMix', alpha=1.0)
    ]))
