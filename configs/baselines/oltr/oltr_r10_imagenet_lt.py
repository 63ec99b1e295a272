# OLTR on ImageNet-LT: ResNet-10, as in its paper.
# Launch: tools/dist_train.sh \
#    configs/baselines/oltr/oltr_r10_imagenet_lt.py 8
_base_ = [
    '../../_base_/models/oltr.py',
    '../../_base_/datasets/imagenet_lt_cnn.py',
    '../../_base_/schedules/oltr.py',
    '../../_base_/default_runtime.py'
]
work_dir = 'work_dirs/oltr_r10_imagenet_lt'
pretrain_config = 'oltr-stage1_r10_imagenet_lt.py'
pretrain_work_dir = 'work_dirs/oltr-stage1_r10_imagenet_lt'
stage1 = f'{pretrain_work_dir}/epoch_30.pth'
start = dict(type='Pretrained', prefix='backbone.', checkpoint=stage1)
model = dict(
    backbone=dict(type='ResNet10', init_cfg=start),
    neck=dict(in_channels=512),
    head=dict(num_classes=1000, linear=stage1))
sampler = dict(type='ClassBalancedSampler', power=0, per_class=4)
train_dataloader = dict(
    batch_size=16, sampler=dict(_delete_=True, **sampler))  # of 8 GPUs
images = dict(
    **_base_.images, split='train', pipeline={{_base_.test_pipeline}})
custom_hooks = [dict(type='CentroidInitHook', images=images)]
