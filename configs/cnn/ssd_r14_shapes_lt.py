# SSD, stage 4, on the drawn shapes, ResNet-14: one learned scale per class on the
# frozen network of stage 3 and its classifier of the teacher.
# Launch: python tools/train.py configs/cnn/ssd_r14_shapes_lt.py
_base_ = 'ssd-stage2_r14_shapes_lt.py'
work_dir = 'work_dirs/ssd_r14_shapes_lt'
row_name = 'SSD'
pretrain_config = 'ssd-stage3_r14_shapes_lt.py'
pretrain_work_dir = 'work_dirs/ssd-stage3_r14_shapes_lt'
before = f'{pretrain_work_dir}/epoch_{_base_.max_epochs}.pth'
model = dict(
    backbone=dict(init_cfg=dict(checkpoint=before)), head=dict(linear=before))
