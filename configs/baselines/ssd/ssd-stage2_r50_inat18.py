# SSD, stage 2, on iNaturalist 2018, ResNet-50: one learned scale per class on
# the frozen network and classifier of stage 1.
# Launch: tools/dist_train.sh configs/baselines/ssd/ssd-stage2_r50_inat18.py 8
_base_ = [
    '../../_base_/models/ssd2.py',
    '../../_base_/datasets/inat18_cnn.py',
    '../../_base_/schedules/ssd_scales.py',
    '../../_base_/default_runtime.py'
]
work_dir = 'work_dirs/ssd-stage2_r50_inat18'
row_name = 'SSD, stage 2'
pretrain_config = 'ssd-stage1_r50_inat18.py'
pretrain_work_dir = 'work_dirs/ssd-stage1_r50_inat18'
before = f'{pretrain_work_dir}/epoch_135.pth'
model = dict(
    backbone=dict(
        _delete_=True, type='ResNet', depth=50, init_cfg=dict(
            type='Pretrained', prefix='backbone.', checkpoint=before)),
    head=dict(num_classes=8142, linear=before))
train_dataloader = dict(
    batch_size=64, sampler=dict(
        _delete_=True, type='ClassBalancedSampler', power=0, per_class=2))
optim_wrapper = dict(optimizer=dict(weight_decay=1e-4))
