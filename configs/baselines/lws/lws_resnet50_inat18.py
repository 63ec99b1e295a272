# LWS on iNaturalist 2018: one learned scale per class on the frozen ResNet-50
# and linear head of cross entropy, every class alike.
# Paper, top1: 69.5.
# Ours: not yet run.
# Launch: tools/dist_train.sh configs/baselines/lws/lws_resnet50_inat18.py 8
_base_ = '../ce/ce_resnet50_inat18.py'
work_dir = 'work_dirs/lws_resnet50_inat18'
row_name = 'LWS'
pretrain_config = '../ce/ce_resnet50_inat18.py'
pretrain_work_dir = 'work_dirs/ce_resnet50_inat18'
baseline = f'{pretrain_work_dir}/epoch_200.pth'
model = dict(
    backbone=dict(
        frozen_stages=4, init_cfg=dict(
            type='Pretrained', prefix='backbone.', checkpoint=baseline)),
    head=dict(type='LWSClsHead', linear=baseline))
train_dataloader = dict(
    sampler=dict(
        _delete_=True, type='ClassBalancedSampler', power=0, per_class=4))
param_scheduler = dict(T_max=5)
train_cfg = dict(max_epochs=5)
