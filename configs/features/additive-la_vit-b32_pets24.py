# What the text says plus a linear map of the image that starts at zero, one
# score, with logit adjustment: training begins at the zero-shot classifier.
# Launch: python tools/train.py configs/features/additive-la_vit-b32_pets24.py
_base_ = 'lgr-la_vit-b32_pets24.py'
work_dir = 'work_dirs/additive-la_vit-b32_pets24'
row_name = 'Additive, LA'
model = dict(
    head=dict(
        _delete_=True,
        type='AdditiveLGRHead',
        num_classes={{_base_.num_classes}},
        in_channels={{_base_.embed_dims}},
        num_anchors={{_base_.num_anchors}},
        anchors=f'{_base_.features}/anchors.safetensors',
        loss=dict(
            type='LogitAdjustedLoss',
            class_counts={{_base_.class_counts}})))
