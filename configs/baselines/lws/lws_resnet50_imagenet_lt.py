# LWS on ImageNet-LT: one learned scale per class on the frozen ResNet-50 and
# linear head of cross entropy, every class alike.
# Launch: tools/dist_train.sh \
#    configs/baselines/lws/lws_resnet50_imagenet_lt.py 8
_base_ = '../ce/ce_resnet50_imagenet_lt.py'
work_dir = 'work_dirs/lws_resnet50_imagenet_lt'
row_name = 'LWS'
pretrain_config = '../ce/ce_resnet50_imagenet_lt.py'
pretrain_work_dir = 'work_dirs/ce_resnet50_imagenet_lt'
baseline = f'{pretrain_work_dir}/epoch_90.pth'
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
