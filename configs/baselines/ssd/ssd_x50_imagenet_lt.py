# SSD, stage 4, on ImageNet-LT, ResNeXt-50 32x4d: one learned scale per class
# on the frozen network of stage 3 and its classifier of the teacher.
# Paper, top1 / many / medium / few: 56.0 / 66.8 / 53.1 / 35.4.
# Ours: not yet run.
# Launch: tools/dist_train.sh configs/baselines/ssd/ssd_x50_imagenet_lt.py 8
_base_ = 'ssd-stage2_x50_imagenet_lt.py'
work_dir = 'work_dirs/ssd_x50_imagenet_lt'
row_name = 'SSD'
pretrain_config = 'ssd-stage3_x50_imagenet_lt.py'
pretrain_work_dir = 'work_dirs/ssd-stage3_x50_imagenet_lt'
before = f'{pretrain_work_dir}/epoch_135.pth'
model = dict(
    backbone=dict(init_cfg=dict(checkpoint=before)), head=dict(linear=before))
