# SSD, stage 4, on iNaturalist 2018, ResNet-50: one learned scale per class on
# the frozen network of stage 3 and its classifier of the teacher.
# Paper, top1: 71.5.
# Ours: not yet run.
# Launch: tools/dist_train.sh configs/baselines/ssd/ssd_r50_inat18.py 8
_base_ = 'ssd-stage2_r50_inat18.py'
work_dir = 'work_dirs/ssd_r50_inat18'
row_name = 'SSD'
pretrain_config = 'ssd-stage3_r50_inat18.py'
pretrain_work_dir = 'work_dirs/ssd-stage3_r50_inat18'
before = f'{pretrain_work_dir}/epoch_135.pth'
model = dict(
    backbone=dict(init_cfg=dict(checkpoint=before)), head=dict(linear=before))
