# What the text says plus a linear map of the image that starts at zero, one
# score, with logit adjustment, on the anchors of lgr_stand-in_cifar100_lt.
# Launch: python tools/train.py \
#    configs/photographs/features/additive-la_stand-in_cifar100_lt.py
_base_ = 'lgr-la_stand-in_cifar100_lt.py'
work_dir = 'work_dirs/additive-la_stand-in_cifar100_lt'
row_name = 'Additive + LA'
model = dict(
    head=dict(
        _delete_=True, type='AdditiveLGRHead',
        num_classes={{_base_.num_classes}},
        in_channels={{_base_.embed_dims}}, num_anchors=16,
        anchors=f'{_base_.features}/anchors_anss.safetensors',
        loss=dict(
            type='LogitAdjustedLoss',
            class_counts={{_base_.class_counts}})))
