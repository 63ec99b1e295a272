# Text and image in one logit-adjusted score, on the stage 1 of
# vlltr_stand-in-64_cifar100_lt.
# Launch: python tools/train.py \
#    configs/photographs/additive_stand-in-64_cifar100_lt.py
_base_ = 'vlltr_stand-in-64_cifar100_lt.py'
work_dir = 'work_dirs/additive_stand-in-64_cifar100_lt'
row_name = 'Additive + LA'
model = dict(
    head=dict(
        _delete_=True, type='AdditiveLGRHead', num_classes=100,
        in_channels=512, num_anchors=64,
        anchors=f'{_base_.pretrain_work_dir}/anchors.safetensors',
        loss=dict(
            type='LogitAdjustedLoss',
            class_counts={{_base_.class_counts}})))
train_dataloader = dict(
    sampler=dict(_delete_=True, type='DefaultSampler', shuffle=True))
