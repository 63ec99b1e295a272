# cRT on ImageNet-LT: a fresh linear head on the frozen ResNeXt-50 32x4d of
# cross entropy, every class alike.
# Launch: tools/dist_train.sh configs/baselines/crt/crt_x50_imagenet_lt.py 8
_base_ = '../ce/ce_x50_imagenet_lt.py'
work_dir = 'work_dirs/crt_x50_imagenet_lt'
row_name = 'cRT'
pretrain_config = '../ce/ce_x50_imagenet_lt.py'
pretrain_work_dir = 'work_dirs/ce_x50_imagenet_lt'
baseline = f'{pretrain_work_dir}/epoch_90.pth'
model = dict(
    backbone=dict(
        frozen_stages=4, init_cfg=dict(
            type='Pretrained', prefix='backbone.', checkpoint=baseline)))
train_dataloader = dict(
    sampler=dict(
        _delete_=True, type='ClassBalancedSampler', power=0, per_class=4))
param_scheduler = dict(T_max=10)
train_cfg = dict(max_epochs=10)
