# OLTR on the drawn shapes: the ResNet-14 of cross entropy, and a second stage
# of as many epochs.
# Launch: python tools/train.py configs/cnn/oltr_r14_shapes_lt.py
_base_ = [
    '../_base_/models/oltr.py',
    '../_base_/datasets/shapes_lt_32.py',
    '../_base_/schedules/oltr.py',
    '../_base_/schedules/short_epochs.py',
    '../_base_/default_runtime.py'
]
work_dir = 'work_dirs/oltr_r14_shapes_lt'
pretrain_config = 'ce_r14_shapes_lt.py'
pretrain_work_dir = 'work_dirs/ce_r14_shapes_lt'
stage1 = f'{pretrain_work_dir}/epoch_{_base_.max_epochs}.pth'
start = dict(type='Pretrained', prefix='backbone.', checkpoint=stage1)
model = dict(
    backbone=dict(type='CIFARResNet', depth=14, init_cfg=start),
    neck=dict(in_channels=64, out_channels=64, map_size=8),
    head=dict(num_classes=60, in_channels=64, linear=stage1))
train_list = dict(**_base_.images, split='train')
sampler = dict(type='ClassBalancedSampler', power=0, per_class=4)
train_dataloader = dict(sampler=dict(_delete_=True, **sampler))
param_scheduler = dict(
    milestones=[_base_.max_epochs // 3, _base_.max_epochs * 2 // 3])
train_cfg = dict(max_epochs=_base_.max_epochs, val_interval=10)
images = dict(**train_list, pipeline={{_base_.test_pipeline}})
custom_hooks = [dict(type='CentroidInitHook', images=images)]
