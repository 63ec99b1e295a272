# smDRAGON on the drawn shapes, second of three stages: what a class's number of
# images says of its probability, on the images that were held out.
# Launch: python tools/train.py configs/cnn/smdragon-fit_r14_shapes_lt.py
_base_ = 'ce_r14_shapes_lt.py'
work_dir = 'work_dirs/smdragon-fit_r14_shapes_lt'
row_name = 'smDRAGON, stage 2'
pretrain_config = 'smdragon-rest_r14_shapes_lt.py'
pretrain_work_dir = 'work_dirs/smdragon-rest_r14_shapes_lt'
stage1 = f'{pretrain_work_dir}/epoch_{_base_.max_epochs}.pth'
start = dict(type='Pretrained', prefix='backbone.', checkpoint=stage1)
model = dict(
    backbone=dict(frozen=True, init_cfg=start),
    head=dict(
        type='FamiliarityClsHead', linear=stage1,
        class_counts={{_base_.class_counts}}))
feature_cache = 1  # nothing here changes an image
images = dict(
    **_base_.images, split='train',
    pipeline={{_base_.test_pipeline}})
held = dict(type='HoldOutDataset', part='held', dataset=images)
train_dataloader = dict(
    batch_size=64, dataset=dict(_delete_=True, **held),
    sampler=dict(_delete_=True, type='ClassBalancedSampler', power=0))
adam = dict(type='Adam', lr=1e-3)
optim_wrapper = dict(_delete_=True, type='OptimWrapper', optimizer=adam)
param_scheduler = [dict(type='CosineAnnealingLR', eta_min=0, T_max=10)]
train_cfg = dict(max_epochs=10, val_interval=10)
