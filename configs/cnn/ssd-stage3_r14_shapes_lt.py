# SSD, stage 3, on the drawn shapes: ResNet-14 from scratch, which learns the
# labels and the logits of stage 2.
# Launch: python tools/train.py configs/cnn/ssd-stage3_r14_shapes_lt.py
_base_ = [
    '../_base_/models/ssd3.py',
    '../_base_/datasets/shapes_lt_32.py',
    '../_base_/schedules/ssd.py',
    '../_base_/schedules/short_epochs.py',
    '../_base_/default_runtime.py'
]
work_dir = 'work_dirs/ssd-stage3_r14_shapes_lt'
pretrain_config = 'ssd-stage2_r14_shapes_lt.py'
pretrain_work_dir = 'work_dirs/ssd-stage2_r14_shapes_lt'
model = dict(
    backbone=dict(_delete_=True, type='CIFARResNet', depth=14),
    head=dict(in_channels=64, num_classes=60),
    teacher=dict(
        backbone=dict(_delete_=True, type='CIFARResNet', depth=14),
        head=dict(in_channels=64, num_classes=60)),
    teacher_checkpoint=f'{pretrain_work_dir}/epoch_5.pth')
param_scheduler = dict(T_max=_base_.max_epochs)
train_cfg = dict(max_epochs=_base_.max_epochs, val_interval=10)
