# DeiT-B/16 at 384 px on iNaturalist 2018: 30 epochs more of the run at 224 px,
# with its positions resized. To start from ImageNet at 384 px instead, give
# the weights deit-base_224px-pre_3rdparty_in1k-384px and the schedule deit.py.
# Paper, top1: 79.5.
# Ours: not yet run.
# Launch: tools/dist_train.sh configs/baselines/deit/deit_b16-384_inat18.py 8
_base_ = [
    '../../_base_/models/deit_b16.py',
    '../../_base_/datasets/inat18_deit_384.py',
    '../../_base_/schedules/deit_384.py',
    '../../_base_/default_runtime.py'
]
work_dir = 'work_dirs/deit_b16-384_inat18'
row_name = 'DeiT-B/16-384'
pretrain_config = 'deit_b16_inat18.py'
pretrain_work_dir = 'work_dirs/deit_b16_inat18'
model = dict(
    backbone=dict(img_size=384),
    head=dict(num_classes=8142, loss=dict(num_classes=8142)),
    init_cfg=dict(
        type='Pretrained', checkpoint=f'{pretrain_work_dir}/epoch_360.pth'))
