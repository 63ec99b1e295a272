# DeiT-B/16 on iNaturalist 2018: ImageNet's weights, 360 epochs. The values are
# our reading of the appendix of DeiT. The weights are MMPretrain's deit-
# base_3rdparty_in1k.
# Paper, top1: 73.2.
# Ours: not yet run.
# Launch: tools/dist_train.sh configs/baselines/deit/deit_b16_inat18.py 8
_base_ = [
    '../../_base_/models/deit_b16.py',
    '../../_base_/datasets/inat18_deit.py',
    '../../_base_/schedules/deit.py',
    '../../_base_/default_runtime.py'
]
work_dir = 'work_dirs/deit_b16_inat18'
row_name = 'DeiT-B/16'
model = dict(
    backbone=dict(init_cfg=dict(
        type='Pretrained', prefix='backbone.',
        checkpoint='data/deit/deit-base_3rdparty_pt-16xb64_in1k_20211124-'
        '6f40c188.pth')),
    head=dict(num_classes=8142, loss=dict(num_classes=8142)))
