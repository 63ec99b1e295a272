# Class-balanced focal loss on iNaturalist 2018: ResNet-50 and 8142 sigmoids,
# of which each starts at 1/8142.
# Paper, top1: 61.1.
# Ours: not yet run.
# Launch: tools/dist_train.sh \
#    configs/baselines/cb-focal/cb-focal_resnet50_inat18.py 8
_base_ = [
    '../../_base_/models/resnet50.py',
    '../../_base_/datasets/inat18_cnn_in1k.py',
    '../../_base_/schedules/cnn_steps.py',
    '../../_base_/default_runtime.py'
]
work_dir = 'work_dirs/cb-focal_resnet50_inat18'
row_name = 'CB-Focal'
model = dict(head=dict(
    num_classes=8142,
    init_cfg=dict(type='Normal', layer='Linear', std=0.01, bias=-9.004),
    loss=dict(
        _delete_=True, type='ClassBalancedFocalLoss', beta=0.9999, gamma=0.5,
        class_counts={{_base_.class_counts}})))
train_dataloader = dict(batch_size=32)  # of 8 GPUs
