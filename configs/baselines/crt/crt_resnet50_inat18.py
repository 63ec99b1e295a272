# cRT on iNaturalist 2018: a fresh linear head on the frozen ResNet-50 of cross
# entropy, every class alike.
# Paper, top1: 67.6.
# Ours: not yet run.
# Launch: tools/dist_train.sh configs/baselines/crt/crt_resnet50_inat18.py 8
_base_ = '../ce/ce_resnet50_inat18.py'
work_dir = 'work_dirs/crt_resnet50_inat18'
row_name = 'cRT'
pretrain_config = '../ce/ce_resnet50_inat18.py'
pretrain_work_dir = 'work_dirs/ce_resnet50_inat18'
baseline = f'{pretrain_work_dir}/epoch_200.pth'
model = dict(
    backbone=dict(
        frozen_stages=4, init_cfg=dict(
            type='Pretrained', prefix='backbone.', checkpoint=baseline)))
train_dataloader = dict(
    sampler=dict(
        _delete_=True, type='ClassBalancedSampler', power=0, per_class=4))
param_scheduler = dict(T_max=30)
train_cfg = dict(max_epochs=30)
