# SSD, stage 3, on iNaturalist 2018: ResNet-50 from scratch, which learns the
# labels and the logits of stage 2.
# Launch: tools/dist_train.sh configs/baselines/ssd/ssd-stage3_r50_inat18.py 8
_base_ = [
    '../../_base_/models/ssd3.py',
    '../../_base_/datasets/inat18_cnn.py',
    '../../_base_/schedules/ssd.py',
    '../../_base_/default_runtime.py'
]
work_dir = 'work_dirs/ssd-stage3_r50_inat18'
pretrain_config = 'ssd-stage2_r50_inat18.py'
pretrain_work_dir = 'work_dirs/ssd-stage2_r50_inat18'
model = dict(
    backbone=dict(_delete_=True, type='ResNet', depth=50),
    head=dict(num_classes=8142),
    teacher=dict(
        backbone=dict(_delete_=True, type='ResNet', depth=50),
        head=dict(num_classes=8142)),
    teacher_checkpoint=f'{pretrain_work_dir}/epoch_5.pth')
optim_wrapper = dict(optimizer=dict(weight_decay=1e-4))
