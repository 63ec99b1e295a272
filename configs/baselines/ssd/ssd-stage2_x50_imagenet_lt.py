# SSD, stage 2, on ImageNet-LT, ResNeXt-50 32x4d: one learned scale per class
# on the frozen network and classifier of stage 1.
# Launch: tools/dist_train.sh \
#    configs/baselines/ssd/ssd-stage2_x50_imagenet_lt.py 8
_base_ = [
    '../../_base_/models/ssd2.py',
    '../../_base_/datasets/imagenet_lt_cnn.py',
    '../../_base_/schedules/ssd_scales.py',
    '../../_base_/default_runtime.py'
]
work_dir = 'work_dirs/ssd-stage2_x50_imagenet_lt'
row_name = 'SSD, stage 2'
pretrain_config = 'ssd-stage1_x50_imagenet_lt.py'
pretrain_work_dir = 'work_dirs/ssd-stage1_x50_imagenet_lt'
before = f'{pretrain_work_dir}/epoch_135.pth'
model = dict(
    backbone=dict(init_cfg=dict(
        type='Pretrained', prefix='backbone.', checkpoint=before)),
    head=dict(num_classes=1000, linear=before))
train_dataloader = dict(
    batch_size=64, sampler=dict(
        _delete_=True, type='ClassBalancedSampler', power=0, per_class=2))
