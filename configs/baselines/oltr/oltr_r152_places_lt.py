# OLTR on Places-LT: ResNet-152, frozen but for its BatchNorm, which is in
# train mode as in the authors' code.
# Paper, top1 / many / medium / few: 35.9 / 44.7 / 37.0 / 25.3.
# Ours: not yet run.
# Launch: tools/dist_train.sh configs/baselines/oltr/oltr_r152_places_lt.py 8
_base_ = [
    '../../_base_/models/oltr.py',
    '../../_base_/datasets/places_lt_cnn.py',
    '../../_base_/schedules/oltr_places.py',
    '../../_base_/default_runtime.py'
]
work_dir = 'work_dirs/oltr_r152_places_lt'
pretrain_config = 'oltr-stage1_r152_places_lt.py'
pretrain_work_dir = 'work_dirs/oltr-stage1_r152_places_lt'
stage1 = f'{pretrain_work_dir}/epoch_30.pth'
start = dict(type='Pretrained', checkpoint=stage1)
model = dict(
    type='FrozenTrunkClassifier', norm_eval=False,
    backbone=dict(
        type='ResNet', depth=152, init_cfg=dict(**start, prefix='backbone.')),
    neck=dict(in_channels=2048, init_cfg=dict(**start, prefix='neck.')),
    head=dict(num_classes=365, linear=stage1))
sampler = dict(type='ClassBalancedSampler', power=0, per_class=4)
train_dataloader = dict(
    batch_size=16, sampler=dict(_delete_=True, **sampler))  # of 8 GPUs
images = dict(
    **_base_.images, split='train', pipeline={{_base_.test_pipeline}})
custom_hooks = [dict(type='CentroidInitHook', images=images)]
